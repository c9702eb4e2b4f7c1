using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Benchmarks;

/// <summary>What one event of a contact costs, at so many live segments of which a tenth watch its type.</summary>
[MemoryDiagnoser]
public class AdvanceBenchmarks
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<Change> _changes = [];
    private Plan _plan = Plan.Compile([]);
    private ContactState? _state;
    private ContactEvent? _unwatched;
    private ContactEvent? _unmatched;
    private ContactEvent? _counted;
    private DateTimeOffset _now = Start;
    private ContactEvent[] _flips = [];
    private int _next;

    [Params(10, 100, 1_000)]
    public int Segments { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _plan = Plan.Compile([.. Enumerable.Range(0, Segments).Select(Segment)]);
        _state = ContactState.New(_plan, new ContactFacts("42", Start, "Event"), Start, _changes);
        _unwatched = Event("Unwatched", 0, Start);
        _unmatched = Event("Hit", -1, Start);
        _counted = Event("Hit", 0, Start);
        for (var i = 0; i < 5; i++)
            Evaluator.Advance(_plan, _state, _counted, _now, _changes);

        // Two seconds apart, so that each finds the one before it gone.
        _flips = [.. Enumerable.Range(1, 100_000).Select(i => Event("Flip", 0, Start.AddSeconds(2 * i)))];
    }

    [Benchmark]
    public void Event_of_a_type_that_nothing_watches() => Evaluator.Advance(_plan, _state!, _unwatched!, _now, _changes);

    [Benchmark]
    public void Event_that_no_filter_lets_pass() => Evaluator.Advance(_plan, _state!, _unmatched!, _now, _changes);

    [Benchmark]
    public void Event_that_changes_a_tally() => Evaluator.Advance(_plan, _state!, _counted!, _now, _changes);

    [Benchmark]
    public void Event_that_flips_a_verdict_after_the_clock_has()
    {
        if (_next == _flips.Length)
        {
            _next = 0;
            _now = Start;
            _state = ContactState.New(_plan, new ContactFacts("42", Start, "Event"), Start, _changes);
        }

        var e = _flips[_next++];
        _changes.Clear();
        Evaluator.Advance(_plan, _state!, e, e.OccurredAt, _changes);
    }

    /// <summary>Every tenth segment watches the type, each with a filter of its own; one is flipped by another type.</summary>
    private static PlannedSegment Segment(int i) => new(i, 1, Parse(i switch
    {
        1 => """{"event":"Flip","period":"last 1 second"}""",
        _ when i % 10 == 0 => $$$"""{"event":"Hit","where":{"param":"n","is":{{{i}}}},"count":{"atLeast":3},"period":"last 30 days"}""",
        _ => $$$"""{"event":"Other{{{i % 50}}}","where":{"param":"n","atLeast":{{{i}}}},"period":"last 30 days"}""",
    }));

    private static ContactEvent Event(string type, int n, DateTimeOffset at) => new()
    {
        EventId = $"{type}-{n}-{at.UtcTicks}",
        Type = type,
        OccurredAt = at,
        Counts = true,
        Params = JsonElement.Parse($$"""{"device":"phone","n":{{n}},"os":"iOS"}"""),
    };

    private static Definition Parse(string json) =>
        Definition.Parse(JsonElement.Parse(json), null).Definition ?? throw new InvalidOperationException(json);
}
