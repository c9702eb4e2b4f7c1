using EventSegmentation.Sample.Fitness;
using EventSegmentation.Sample.Segments;
using EventSegmentation.Sample.Services;
using EventSegmentation.Sample.Show;

namespace EventSegmentation.Sample;

/// <summary>Brings the product to where the story can begin.</summary>
internal sealed class Preparation(Terminal terminal, SegmentationClient segmentation)
{
    /// <summary>Returns when a service says that it can do its job.</summary>
    /// <exception cref="SampleFault">It cannot be reached, or is not ready in time.</exception>
    public static async Task WaitUntilReadyAsync(ServiceClient service, CancellationToken cancellationToken)
    {
        const string path = "health/ready";
        var answer = await service.SendAsync(HttpMethod.Get, path, key: null, body: null, cancellationToken);
        if (!answer.IsGood)
            throw service.Unexpected(answer, $"GET {path}");
    }

    /// <summary>Has the app's events count. Harmless when they already do.</summary>
    public async Task SwitchOnAsync(CancellationToken cancellationToken)
    {
        foreach (var type in Happenings.Types)
            await segmentation.SwitchOnAsync(type, cancellationToken);
        terminal.Wrapped("  event types    ", $"{Happenings.Types.Count} used for segmentation: {string.Join(", ", Happenings.Types)}");
    }

    /// <summary>Creates the segments. Returns whether all of them are new.</summary>
    public async Task<bool> CreateSegmentsAsync(CancellationToken cancellationToken)
    {
        var outcomes = new List<(SampleSegment Segment, SegmentCreation Creation)>();
        foreach (var segment in SampleSegments.All)
            outcomes.Add((segment, await segmentation.CreateAsync(segment, cancellationToken)));

        var created = outcomes.Count(one => one.Creation == SegmentCreation.Created);
        terminal.Line($"  segments       {created} created" + (created < outcomes.Count ? $", {outcomes.Count - created} here from an earlier run" : ""));
        foreach (var (segment, _) in outcomes.Where(one => one.Creation == SegmentCreation.Differs))
            terminal.Wrapped("                 ", $"'{segment.Key}' has another condition than the sample's and stays as it is; delete it to get the sample's.");
        return created == outcomes.Count;
    }
}
