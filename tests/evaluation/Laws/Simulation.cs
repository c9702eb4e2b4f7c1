using System.Buffers;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>
/// Plays a scenario on the incremental evaluator, step by step, and asks the reference the same questions at the
/// same instants: after each input, and before, at and after every due time on the way to the next.
/// </summary>
internal sealed class Simulation
{
    // How many due times are followed between two inputs, and after the last.
    private const int MaxTimers = 6;
    private const int MaxTimersAtEnd = 25;
    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);

    private readonly Scenario _scenario;
    private readonly Plan _plan;
    private readonly Definition[] _definitions;
    private readonly Dictionary<string, Definition> _byKey;
    private readonly Random _random;
    private readonly Coverage _coverage;
    private readonly List<ContactEvent> _history = [];
    private Contact _contact;
    private ContactState _state;

    public Simulation(Scenario scenario, Coverage coverage)
    {
        _scenario = scenario;
        _coverage = coverage;
        _random = new Random(scenario.Seed);
        _plan = scenario.Plan();
        _definitions = [.. scenario.Segments.Select(segment => segment.Definition)];
        _byKey = scenario.Segments.ToDictionary(segment => segment.Key, segment => segment.Definition);
        _contact = scenario.Contact;
        _state = ContactState.New(_plan, scenario.Contact.Facts(), scenario.Contact.Created, Ledger);
    }

    public List<Change> Ledger { get; } = [];

    public void Run()
    {
        Compare("when created");
        foreach (var input in _scenario.Inputs)
        {
            FollowTimers(input.At, MaxTimers);
            Take(input);
            _coverage.Input(input, _scenario.Segments[0].Zone);
            Compare($"after '{input}'");
            if (_random.Next(3) == 0)
                Resume();
        }

        FollowTimers(DateTimeOffset.MaxValue, MaxTimersAtEnd);
    }

    private void Take(Input input)
    {
        switch (input)
        {
            case Recorded recorded:
                var e = recorded.Event();
                Evaluator.Advance(_plan, _state, e, input.At, Ledger);
                _history.Add(e);
                break;
            case Changed changed:
                _contact = changed.Contact;
                Evaluator.Advance(_plan, _state, _contact.Facts(), input.At, Ledger);
                break;
        }
    }

    /// <summary>Goes to the instant before each due time, to it and past it, and to one somewhere between.</summary>
    private void FollowTimers(DateTimeOffset until, int timers)
    {
        for (; timers > 0 && _state.Due is { } due && due < until; timers--)
        {
            due.Should().BeAfter(_state.AsOf);
            _coverage.Timer();
            MoveTo(_state.AsOf + ((due - _state.AsOf) * _random.NextDouble()), "somewhere before a due time");
            MoveTo(due - Microsecond, "just before a due time");
            MoveTo(due, "at a due time");
            if (due + Microsecond < until && due < DateTimeOffset.MaxValue.AddDays(-1))
                MoveTo(due + Microsecond, "just after a due time");
        }
    }

    private void MoveTo(DateTimeOffset at, string when)
    {
        if (at <= _state.AsOf)
            return;
        Evaluator.Advance(_plan, _state, at, Ledger);
        Compare(when);
        if (_random.Next(20) == 0)
            Resume();
    }

    private void Compare(string when)
    {
        var facts = _contact.Facts();
        for (var i = 0; i < _definitions.Length; i++)
        {
            var expected = Reference.Holds(_definitions[i], facts, _history, _state.AsOf, _byKey);
            _coverage.Compared(_definitions[i], expected);
            if (_state.IsMember(_scenario.Segments[i].Id) != expected)
                throw new InvalidOperationException($"At {_state.AsOf:O}, {when}, segment {_scenario.Segments[i].Id}: the reference says {expected}, the evaluator {!expected}.");
        }
    }

    private void Resume()
    {
        var due = _state.Due;
        _state = ContactState.Read(_plan, Bytes(_state));

        // A leaf that looked only so far ahead may look a little further when it is read: never less far.
        if (_state.Due is { } again)
            due.Should().NotBeNull().And.BeOnOrBefore(again);
        _coverage.Resumed();
    }

    public static byte[] Bytes(ContactState state, int keptBytes = Limits.KeptBytes)
    {
        var bytes = new ArrayBufferWriter<byte>();
        state.Write(bytes, keptBytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>No more of a history than a state says that it needs to be completed.</summary>
    public static IEnumerable<ContactEvent> Needed(ContactState state, IEnumerable<ContactEvent> history)
    {
        var types = state.TypesToComplete;
        return types is null ? history : history.Where(e => types.Contains(e.Type)).ToList();
    }
}
