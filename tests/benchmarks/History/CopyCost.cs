using System.Diagnostics;
using System.Globalization;

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

    // The clock ticks of /proc, the same on every Linux.
    private const double TicksPerSecond = 100;

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
        var (started, used) = (Stopwatch.GetTimestamp(), CpuOf(connection.ProcessID));
        await database.AppendAsync(connection, BatchesOfRound);
        return (Events / Stopwatch.GetElapsedTime(started).TotalSeconds, (CpuOf(connection.ProcessID) - used) / Events);
    }

    /// <summary>Microseconds of processor time that a process of this machine has used.</summary>
    private static double CpuOf(int process)
    {
        // After the name, which stands in brackets: state is the third field, user and system time the 14th and 15th.
        var text = File.ReadAllText($"/proc/{process}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond * 1_000_000;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);
}
