using EventSegmentation.Benchmarks.Pipeline.Machine;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>What a piece of work took.</summary>
/// <param name="Accepted">Until the last request was answered.</param>
/// <param name="Elapsed">Until the last transition was received.</param>
/// <param name="Bytes">By which the database grew.</param>
internal sealed record MeasuredWork(int Events, TimeSpan Accepted, TimeSpan Elapsed, long Transitions, StackUse Before, StackUse After, long Bytes)
{
    public const double Megabyte = 1024 * 1024;

    /// <summary>Events a second.</summary>
    public double Rate => Events / Elapsed.TotalSeconds;

    /// <summary>Seconds of processor time a million events, of all processes but the generator.</summary>
    public double ServedCpu => After.ServedCpuSince(Before) / Events * StackUse.Million;

    /// <param name="work">What the names of the figures begin with.</param>
    public void AddUse(Report report, string scenario, string work = "")
    {
        After.AddCpu(report, scenario, work, Before, Events);
        foreach (var name in After.Names)
            report.Add(scenario, $"{work}peak memory of {name}", After.PeakOf(name) / Megabyte, "MiB");
        report.Add(scenario, $"{work}database", (double)Bytes / Events, "bytes/event");
    }
}
