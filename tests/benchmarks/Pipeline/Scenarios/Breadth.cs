using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>What an event costs with more segments, and with more contacts. Every contact is there before, with an event at least.</summary>
internal static class Breadth
{
    public const string Name = "breadth";
    private const int Share = 2;
    private const int Connections = 8;
    private const int Usual = 100;
    private const int Few = 10;
    private const int Many = 1_000;

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        var few = await MeasureAsync(settings, report, Few, settings.Contacts);
        var usual = await MeasureAsync(settings, report, Usual, settings.Contacts);
        var many = await MeasureAsync(settings, report, Many, settings.Contacts);
        report.Add(Name, $"processor time, {Many:N0} segments", many, "s/million", $"{Few} segments", few);
        report.Add(Name, $"processor time, {Usual} segments", usual, "s/million", $"{Few} segments", few);

        few = await MeasureAsync(settings, report, Usual, settings.Contacts / 10);
        many = await MeasureAsync(settings, report, Usual, settings.Contacts * 10);
        report.Add(Name, $"processor time, {settings.Contacts * 10:N0} contacts", many, "s/million", $"{settings.Contacts / 10:N0} contacts", few);
    }

    // Seconds of processor time a million events, the generator's not counted.
    private static async Task<double> MeasureAsync(PipelineSettings settings, Report report, int segments, int contacts)
    {
        var events = settings.Events / Share;
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, segments);
        await using var work = await FixedWork.StartAsync(stack, report, settings);
        await work.WarmUpAsync(new(0, contacts, EachOnce: true), Math.Max(contacts, events / FixedWork.WarmUpShare));

        var stream = work.Stream(Name, new(0, contacts));
        var requests = new RequestMaker(stack).Batches(stream, events, Firehose.OfRequest);
        using var sender = await Sender.OpenAsync(stack, Connections);
        var measured = await work.MeasureAsync(stream, events, () => sender.SendAsync(requests));
        var name = $"{segments:N0} segments, {contacts:N0} contacts: ";
        report.Add(Name, name + "end to end", measured.Rate, "events/s");
        report.Add(Name, name + "transitions an event", (double)measured.Transitions / events, "");
        report.Add(Name, name + "processor time", measured.ServedCpu, "s/million");
        report.Add(Name, name + "memory of segmentation", measured.After.PeakOf("segmentation") / MeasuredWork.Megabyte, "MiB");
        report.Add(Name, name + "memory of ingestion", measured.After.PeakOf("ingestion") / MeasuredWork.Megabyte, "MiB");
        await work.CheckAsync(Name, contacts);
        return measured.ServedCpu;
    }
}
