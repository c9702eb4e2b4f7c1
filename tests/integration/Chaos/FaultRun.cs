using System.Collections.Concurrent;
using System.Diagnostics;
using EventSegmentation.IntegrationTests.Chaos.Faults;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>Makes the faults of a plan happen, each at its time, whether or not earlier ones are over.</summary>
internal sealed class FaultRun(Stage stage, IReadOnlyDictionary<string, FaultKind> kinds, Findings findings)
{
    private readonly ConcurrentDictionary<string, int> _done = new();

    /// <summary>How many faults there were of each kind.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    /// <summary>Returns when the last of them is over.</summary>
    public async Task RunAsync(IReadOnlyList<PlannedFault> plan)
    {
        var started = Stopwatch.GetTimestamp();
        var struck = new List<Task>();
        foreach (var fault in plan)
        {
            var wait = fault.At - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            struck.Add(StrikeAsync(fault));
        }

        await Task.WhenAll(struck);
    }

    private async Task StrikeAsync(PlannedFault fault)
    {
        try
        {
            await kinds[fault.Kind].StrikeAsync(new(stage, new Random(fault.Seed), fault.Lasts, text => Tell(fault, text)));
            _done.AddOrUpdate(fault.Kind, 1, (_, count) => count + 1);
            Tell(fault, "over");
        }
        catch (NpgsqlException exception)
        {
            // Another fault took the database away from this one.
            Tell(fault, $"ended early: {exception.Message}");
        }
        catch (Exception exception)
        {
            findings.Add($"the simulation could not go on with fault #{fault.Number}, {fault.Kind}: {exception.Message}");
            Tell(fault, exception.ToString());
        }
    }

    private void Tell(PlannedFault fault, string text) => stage.Journal.Write($"#{fault.Number} {text}");
}
