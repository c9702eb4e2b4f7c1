using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Machine;

namespace EventSegmentation.Benchmarks.History;

/// <summary>
/// What the indexes of the event history cost the matcher's appends: the same batches with and without them, in turns.
/// Beside the rate stands the processor time of the server's session, which other work on the machine disturbs less.
/// </summary>
internal static class CopyCost
{
    private const int Rounds = 5;
    private const int BatchesToWarmUp = 20;
    private const int BatchesOfRound = 60;
    private const int Events = BatchesOfRound * HistoryDatabase.Batch;

    private const double Microseconds = 1_000_000;

    public static async Task PrintAsync(params (string Name, string Sql)[] variants)
    {
        var rounds = variants.ToDictionary(variant => variant.Name, _ => new List<(double Rate, double Cpu)>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, sql) in variants)
                rounds[name].Add(await MeasureAsync(sql));
        }

        Console.WriteLine($"{Rounds} rounds of {Events:N0} events, {HistoryDatabase.Batch:N0} a transaction; medians");
        foreach (var (name, of) in rounds)
            Console.WriteLine($"{name,-34} {Median(of.Select(one => one.Rate)),8:0} events/s   {Median(of.Select(one => one.Cpu)),6:0.0} µs of the server an event   rates: {string.Join(' ', of.Select(one => one.Rate.ToString("0", null)))}   µs: {string.Join(' ', of.Select(one => one.Cpu.ToString("0.0", null)))}");
    }

    // A database each, so that none is measured over what another left behind.
    private static async Task<(double Rate, double Cpu)> MeasureAsync(string sql)
    {
        await using var database = await HistoryDatabase.CreateAsync();
        await database.ExecuteAsync(sql);
        await using var connection = await database.Source.OpenConnectionAsync();
        await database.AppendAsync(connection, BatchesToWarmUp);
        var (started, used) = (Stopwatch.GetTimestamp(), ProcessUse.CpuOf(connection.ProcessID));
        await database.AppendAsync(connection, BatchesOfRound);
        return (Events / Stopwatch.GetElapsedTime(started).TotalSeconds, (ProcessUse.CpuOf(connection.ProcessID) - used) * Microseconds / Events);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);
}
