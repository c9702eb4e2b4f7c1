using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Machine;
using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>Pieces of work on one instance, one after the other, each counted until its last transition has been received.</summary>
internal sealed class FixedWork : IAsyncDisposable
{
    /// <summary>Warm-ups are this part of the work.</summary>
    public const int WarmUpShare = 20;

    // The same events in every run.
    private const int TrafficSeed = 1;
    private const int WarmUpBatch = 100;
    private const int WarmUpConnections = 4;

    private readonly Stack _stack;
    private readonly Report _report;
    private readonly PipelineSettings _settings;
    private readonly List<(EventStream Stream, int Events)> _sent = [];
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    private FixedWork(Stack stack, Report report, PipelineSettings settings, Subscriber subscriber)
    {
        (_stack, _report, _settings, Subscriber) = (stack, report, settings, subscriber);
        Arrival = new(stack, subscriber);
    }

    public Subscriber Subscriber { get; }

    public Arrival Arrival { get; }

    /// <summary>Events that have been sent in all.</summary>
    public long Sent => _sent.Sum(sent => (long)sent.Events);

    /// <summary>Subscribes; the ledger must be empty.</summary>
    public static async Task<FixedWork> StartAsync(Stack stack, Report report, PipelineSettings settings)
    {
        report.Machine ??= await MachineFacts.ReadAsync(stack);
        return new(stack, report, settings, await Subscriber.StartAsync(stack));
    }

    /// <summary>A stream of events that differs from every other by its name.</summary>
    public EventStream Stream(string name, ContactRange contacts, DateTimeOffset? occurredAt = null, string? onlyType = null) =>
        new(name, TrafficSeed + _sent.Count, contacts, _now, occurredAt, onlyType);

    /// <summary>Has every process do its work for a while, with events of their own.</summary>
    public async Task WarmUpAsync(ContactRange contacts, int events)
    {
        var stream = Stream("warm-up", contacts);
        using var sender = await Sender.OpenAsync(_stack, WarmUpConnections);
        await sender.SendAsync(new RequestMaker(_stack).Batches(stream, events, WarmUpBatch));
        Note(stream, events);
        await Arrival.WaitAsync(Sent);
    }

    /// <summary>Says that events of a stream have been sent.</summary>
    public void Note(EventStream stream, int events) => _sent.Add((stream, events));

    /// <summary>Measures what sending a stream takes.</summary>
    public async Task<MeasuredWork> MeasureAsync(EventStream stream, int events, Func<Task> send)
    {
        GC.Collect();
        var ledger = await Arrival.LedgerEndAsync();
        var size = await SizeAsync();
        var before = StackUse.Of(_stack);
        var started = Stopwatch.GetTimestamp();
        await send();
        var accepted = Stopwatch.GetElapsedTime(started);
        Note(stream, events);
        var end = await Arrival.WaitAsync(Sent);
        var projected = Stopwatch.GetTimestamp();
        var after = StackUse.Of(_stack);

        // If nothing came of the work, it was over when that was known.
        var last = Subscriber.Of(ledger, end).Select(received => received.At).DefaultIfEmpty(projected).Max();
        return new(events, accepted, Stopwatch.GetElapsedTime(started, last), end - ledger, before, after, await SizeAsync() - size);
    }

    /// <summary>What must be so at the end of a scenario.</summary>
    /// <param name="contacts">The sample is of the first so many.</param>
    public async Task CheckAsync(string scenario, int contacts)
    {
        var end = await Arrival.WaitAsync(Sent);
        var rows = await _stack.ScalarAsync($"select count(*) from segmentation.ledger where position <= {end}");
        _report.Add(new(scenario, "the ledger has no gap", rows == end, $"{end:N0} places, {rows:N0} rows"));
        var missing = Subscriber.Missing(end);
        _report.Add(new(scenario, "every transition was received", missing == 0, $"{missing:N0} of {end:N0} are missing"));
        var stored = await _stack.ScalarAsync("select count(*) from public.mt_events where type = 'event_recorded'");
        _report.Add(new(scenario, "every event is in its stream, once", stored == Sent, $"{stored:N0} stored, {Sent:N0} sent"));
        _report.Add(await new ReferenceCheck(_stack, _settings.Seed).RunAsync(scenario, contacts, _sent));
    }

    public ValueTask DisposeAsync() => Subscriber.DisposeAsync();

    private Task<long> SizeAsync() => _stack.ScalarAsync("select pg_database_size(current_database())");
}
