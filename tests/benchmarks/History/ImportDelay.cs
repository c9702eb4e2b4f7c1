using System.Diagnostics;
using EventSegmentation.Contracts;

namespace EventSegmentation.Benchmarks.History;

/// <summary>
/// What imports do to live events: from publishing a live event to the receipt of its transition, without imports and
/// while very many of them are taken in.
/// </summary>
internal static class ImportDelay
{
    private const int Contacts = 50_000;
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    public static async Task PrintAsync(int imports)
    {
        await using var database = await HistoryDatabase.CreateAsync();
        await using var service = await RunningService.StartAsync(database, "Imported");
        RunningService.Print("without imports", await service.LiveAsync("alone", Alone, () => Task.FromResult(true)));

        foreach (var batch in Enumerable.Range(0, imports).Chunk(EventsNormalized.MaxEvents).Chunk(16))
            await Task.WhenAll(batch.Select(chunk => service.Bus.Publish(new ImportsNormalized { Events = [.. chunk.Select(i => RunningService.Event("Imported", $"import-{i % Contacts}", $"import-{i}", import: true))] })));
        var started = Stopwatch.GetTimestamp();
        var before = await RecordedAsync(database);
        var delays = await service.LiveAsync("beside", AtMost, async () => await RecordedAsync(database) < imports);
        var taken = await RecordedAsync(database);
        RunningService.Print($"beside {imports:N0} imports", delays);
        Console.WriteLine($"imports: {before:N0} were in when the last one was published, {taken:N0} at the end; {(taken - before) / Stopwatch.GetElapsedTime(started).TotalSeconds:0} a second between");
    }

    private static Task<long> RecordedAsync(HistoryDatabase database) => database.ScalarAsync("select events from segmentation.event_types where key = 'Imported'");
}
