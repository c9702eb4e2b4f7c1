using System.Diagnostics;

namespace EventSegmentation.Benchmarks.Pipeline.Analytical;

/// <summary>
/// DuckDB asked what a new segment's condition asks, over the same events. To be asked when nothing is on its way any more: its
/// answer must be exactly the segment's members.
/// </summary>
internal static class AnalyticalPeer
{
    /// <summary>What the figure is called.</summary>
    public const string Answer = "DuckDB's answer";
    private const int Answers = 3;

    /// <summary>Returns the seconds of the middle one of three answers; null if there is no DuckDB on this machine.</summary>
    /// <param name="members">Of the segment that the question was built as.</param>
    /// <param name="sent">How many events there must be.</param>
    public static async Task<double?> MeasureAsync(
        Stack stack, Report report, string scenario, SpendersQuestion question, IReadOnlySet<long> members, long sent)
    {
        using var store = AnalyticalStore.TryOpen();
        if (store is null)
        {
            report.Miss(scenario, Answer, "the native library of DuckDB, of the package DuckDB.NET.Data.Full, cannot be loaded here");
            return null;
        }

        var started = Stopwatch.GetTimestamp();
        var loaded = await store.LoadAsync(stack);
        report.Add(scenario, "DuckDB's load, counted in no other figure", Stopwatch.GetElapsedTime(started).TotalSeconds, "s");
        report.Add(new(scenario, "DuckDB has every event", loaded == sent, $"{loaded:N0} loaded into {store.Version}, {sent:N0} sent"));

        // No event is dated later than it was sent, and the question has no bound that moves: what the segment was at its
        // last event it is now.
        var now = TimeProvider.System.GetUtcNow();
        var answer = Enumerable.Range(0, Answers).Select(_ => Seconds(() => store.Answer(question, now))).Order().ElementAt(Answers / 2);
        report.Add(scenario, Answer, answer, "s");
        var found = store.Members().ToHashSet();
        var differ = found.Except(members).Count() + members.Except(found).Count();
        report.Add(new(
            scenario, "DuckDB finds the segment's members", differ == 0 && found.Count > 0,
            $"{found.Count:N0} found, {members.Count:N0} in the segment; {differ:N0} are in one of them only"));
        return answer;
    }

    private static double Seconds(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
