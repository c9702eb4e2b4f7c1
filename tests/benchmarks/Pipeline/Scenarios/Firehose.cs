using EventSegmentation.Benchmarks.Pipeline.Floors;
using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// Events over HTTP, a hundred a request, as fast as they are taken: from the first request to the last transition that a
/// subscriber receives.
/// </summary>
internal static class Firehose
{
    public const string Name = "firehose";
    public const int OfRequest = 100;
    private const string Rate = "events a second, end to end";
    private const int Connections = 8;

    /// <summary>Events a second that it reached in this run.</summary>
    public static double RateOf(Report report) =>
        report.Find(Name, Rate) ?? throw new InvalidOperationException("The firehose has not reached its end, so there is nothing to be a part of.");

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, settings.Segments);
        await using var work = await FixedWork.StartAsync(stack, report, settings);
        await work.WarmUpAsync(new(0, settings.Contacts), settings.Events / FixedWork.WarmUpShare);

        var stream = work.Stream(Name, new(0, settings.Contacts));
        var requests = new RequestMaker(stack).Batches(stream, settings.Events, OfRequest);
        var copy = await CopyFloor.MeasureAsync(stack, stream, settings.Events);
        var broker = await BrokerFloor.MeasureAsync(stack, requests);
        using var sender = await Sender.OpenAsync(stack, Connections);
        var measured = await work.MeasureAsync(stream, settings.Events, () => sender.SendAsync(requests));

        report.Add(Name, "events", settings.Events, "");
        report.Add(Name, "bytes of an event's JSON", requests.Sum(request => (double)request.Body.Length) / settings.Events, "");
        report.Add(Name, "transitions an event", (double)measured.Transitions / settings.Events, "");
        report.Add(Name, "accepted by ingestion a second", settings.Events / measured.Accepted.TotalSeconds, "events/s", "the broker alone", broker);
        report.Add(Name, Rate, measured.Rate, "events/s", "COPY alone", copy);
        report.Add(Name, "the same", measured.Rate, "events/s", "the broker alone", broker);
        measured.AddUse(report, Name);
        report.Add(Name, "requests sent again", sender.Repeats, "");
        await work.CheckAsync(Name, settings.Contacts);
    }
}
