using System.Diagnostics;
using EventSegmentation.Segmentation.History;

namespace EventSegmentation.Benchmarks.History;

/// <summary>What a page of the event history takes, near the beginning and in the depth.</summary>
internal static class PageTimes
{
    private const int PageSize = 50;
    private const int Repeats = 30;
    private static readonly int[] Depths = [1, 10, 100, 1_000];

    public static async Task PrintAsync(int events)
    {
        await using var database = await HistoryDatabase.CreateAsync();
        var started = Stopwatch.GetTimestamp();
        await using (var connection = await database.Source.OpenConnectionAsync())
            await database.AppendAsync(connection, events / HistoryDatabase.Batch);
        Console.WriteLine($"{events:N0} events of {HistoryDatabase.Contacts:N0} contacts appended in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s; pages of {PageSize}, medians of {Repeats}, ms");
        await database.ExecuteAsync("vacuum analyze");

        var all = new HistoryFilter(null, null, null, null, null);
        Console.WriteLine($"{"filter",-28}{string.Join("", Depths.Select(depth => $"{"page " + depth,12}"))}");
        var history = new EventHistoryStore(database.Source);
        await PrintAsync(history, "none", all);
        await PrintAsync(history, "state=assigned", all with { State = HistoryState.Assigned });
        await PrintAsync(history, "type", all with { Type = "Type3" });
        await PrintAsync(history, "to (half the time)", all with { To = database.Newest.AddSeconds(-events / 2) });
        await PrintAsync(history, "from and to", all with { From = database.Newest.AddSeconds(-events / 2), To = database.Newest.AddSeconds(-events / 4) });
        await PrintAsync(history, "type that never came", all with { Type = "None" });
        await PrintAsync(history, "contact (about 20 events)", all with { Contact = "77" });
    }

    private static async Task PrintAsync(EventHistoryStore history, string name, HistoryFilter filter)
    {
        var times = new List<string>();
        HistoryPosition? after = null;
        var page = 1;
        foreach (var depth in Depths)
        {
            for (var more = true; more && page < depth; page++)
            {
                var passed = await history.ListAsync(filter, after, PageSize, CancellationToken.None);
                more = passed.Count == PageSize;
                after = more ? passed[^1].Position : null;
            }

            if (page > 1 && after is null)
                break;
            times.Add((await MedianAsync(() => history.ListAsync(filter, after, PageSize + 1, CancellationToken.None))).ToString("0.00", null));
        }

        Console.WriteLine($"{name,-28}{string.Join("", times.Select(time => $"{time,12}"))}");
    }

    private static async Task<double> MedianAsync(Func<Task> call)
    {
        var times = new List<double>();
        for (var i = 0; i < Repeats; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await call();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return times.Order().ElementAt(Repeats / 2);
    }
}
