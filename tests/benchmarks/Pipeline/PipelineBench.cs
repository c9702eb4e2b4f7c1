using EventSegmentation.Benchmarks.Pipeline.Scenarios;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>Runs scenarios one after the other; the run has failed if a check does not hold.</summary>
internal static class PipelineBench
{
    private static readonly Dictionary<string, Func<PipelineSettings, Report, Task>> Scenarios = new()
    {
        [Firehose.Name] = Firehose.RunAsync,
        [Singles.Name] = Singles.RunAsync,
        [Latency.Name] = Latency.RunAsync,
        [Midnight.Name] = Midnight.RunAsync,
        [Peer.Name] = Peer.RunAsync,
        [Breadth.Name] = Breadth.RunAsync,
        [NewSegment.Name] = NewSegment.RunAsync,
    };

    // These are told as parts of what the firehose reached in the same run.
    private static readonly string[] AfterFirehose = [Singles.Name, Latency.Name, Midnight.Name, Peer.Name];

    /// <summary>Returns the exit code.</summary>
    public static async Task<int> RunAsync()
    {
        var settings = PipelineSettings.Read();
        if (settings.Scenarios.Except(Scenarios.Keys).FirstOrDefault() is { } unknown)
            throw new InvalidOperationException($"There is no scenario {unknown}; SCENARIOS takes {string.Join(", ", Scenarios.Keys)}.");
        var report = new Report(settings, TimeProvider.System);
        foreach (var name in Chosen(settings))
        {
            try
            {
                await Scenarios[name](settings, report);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The run has failed; what the other scenarios say is still worth knowing.
                await Console.Error.WriteLineAsync(exception.ToString());
                report.Add(new Check(name, "came to its end", Holds: false, $"{exception.GetType().Name}: {exception.Message}"));
            }
        }

        Console.WriteLine($"{Environment.NewLine}written: {await report.WriteAsync()}");
        return report.IsGood ? 0 : 1;
    }

    private static IEnumerable<string> Chosen(PipelineSettings settings)
    {
        if (settings.Scenarios.Count == 0)
            return Scenarios.Keys;
        return settings.Scenarios.Intersect(AfterFirehose).Any() ? settings.Scenarios.Prepend(Firehose.Name).Distinct() : settings.Scenarios;
    }
}
