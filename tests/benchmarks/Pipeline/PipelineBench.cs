using EventSegmentation.Benchmarks.Pipeline.Scenarios;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>Runs scenarios one after the other; the run has failed if a check does not hold.</summary>
internal static class PipelineBench
{
    private static readonly Dictionary<string, Func<PipelineSettings, Report, Task>> Scenarios = new()
    {
        [Firehose.Name] = Firehose.RunAsync,
    };

    /// <summary>Returns the exit code.</summary>
    public static async Task<int> RunAsync()
    {
        var settings = PipelineSettings.Read();
        if (settings.Scenarios.Except(Scenarios.Keys).FirstOrDefault() is { } unknown)
            throw new InvalidOperationException($"There is no scenario {unknown}; SCENARIOS takes {string.Join(", ", Scenarios.Keys)}.");
        var report = new Report(settings, TimeProvider.System);
        foreach (var name in settings.Scenarios.DefaultIfEmpty(Firehose.Name))
            await Scenarios[name](settings, report);
        Console.WriteLine($"{Environment.NewLine}written: {await report.WriteAsync()}");
        return report.IsGood ? 0 : 1;
    }
}
