using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// Some choice of events in strictly rising time. A late event may complete a choice at any place, so the events
/// are kept; but what one of them can begin does not depend on the clock, only whether it lies in the period.
/// </summary>
internal sealed class SequenceLeaf : Leaf
{
    // Beginnings may enter and leave the period many times before the answer changes; then it is cheaper to wake early.
    private const int MaxSteps = 32;

    private readonly Condition.Sequence _condition;
    private readonly Period _period;
    private readonly EventFilter[] _filters;
    private readonly ValuePath[] _paths;
    private readonly bool _moves;
    private readonly bool _isLasting;

    public SequenceLeaf(string canonical, Condition.Sequence condition)
        : base(canonical)
    {
        _condition = condition;
        _period = condition.Period;
        _filters = [.. condition.Steps.Select(step => step.Events), .. condition.Steps.Select(step => step.Without).OfType<EventFilter>()];
        _paths = [.. _filters.SelectMany(filter => filter.Where?.Params ?? []), .. condition.Same is { } same ? new[] { same } : []];
        _moves = Array.Exists(_filters, filter => filter.Moves());

        // Nothing that is added later can undo a choice, unless an event may come between.
        _isLasting = !_moves && condition.Steps.All(step => step.Without is null);
    }

    public override IEnumerable<string> EventTypes => _filters.SelectMany(filter => filter.Types).Distinct();

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        var sequence = (SequenceTally?)tally;
        if (sequence is not null && !sequence.Wants(time))
            return false;
        if (!_moves && !Array.Exists(_filters, filter => filter.Lets(e, now)))
            return false;
        if (IsOver(time, now))
            return false;
        sequence ??= new SequenceTally();
        tally = sequence;
        sequence.Held.Add(new HeldEvent(time, e.EventId, e.Type, Excerpt.Of(e.Params, _paths)));
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var sequence = (SequenceTally)tally;
        if (sequence.IsDone)
            return new Verdict(true, Micros.Never);
        var events = sequence.Held.Events;
        events.RemoveAll(held => IsOver(held.Time, now));
        if (_isLasting)
            Settle(sequence, now);
        if (sequence.IsDone)
            return new Verdict(true, Micros.Never);

        var beginnings = Beginnings(sequence, now);
        var holds = IsIn(beginnings, now);
        var at = now;
        for (var step = 0; step < MaxSteps; step++)
        {
            at = NextChange(events, beginnings, at);
            if (at == Micros.Never)
                break;
            if (_moves)
                beginnings = Beginnings(sequence, at);
            if (IsIn(beginnings, at) != holds)
                break;
        }

        return new Verdict(holds, at);
    }

    public override Tally Read(ref PackReader from) => SequenceTally.Read(ref from);

    /// <summary>Lets go of events that can add nothing to what has been completed for good.</summary>
    private void Settle(SequenceTally sequence, long now)
    {
        var beginnings = Beginnings(sequence, now);
        if (beginnings.Exists(time => _period.Contains(time, now) && _period.NextChange(time, now) == Micros.Never))
            sequence.Finish();
        else if (_period.Shape == PeriodShape.Newest)
            sequence.KeepAfter(beginnings.Count > 0 && !IsOver(beginnings[^1], now) ? beginnings[^1] : Micros.Never);
    }

    private List<long> Beginnings(SequenceTally sequence, long now)
    {
        var beginnings = Chains.Beginnings(_condition, sequence.Held.Events, now);
        if (sequence.Newest != Micros.Never)
            beginnings.Insert(0, sequence.Newest);
        return beginnings;
    }

    private bool IsIn(List<long> beginnings, long now) => beginnings.Exists(time => _period.Contains(time, now));

    private long NextChange(List<HeldEvent> events, List<long> beginnings, long now)
    {
        var next = Micros.Never;
        if (!_moves)
        {
            foreach (var time in beginnings)
                next = Math.Min(next, _period.NextChange(time, now));
            return next;
        }

        foreach (var held in events)
        {
            next = Math.Min(next, _period.NextChange(held.Time, now));
            foreach (var filter in _filters)
                next = Math.Min(next, filter.Where?.NextChange(held.Params, now) ?? Micros.Never);
        }

        return next;
    }

    /// <summary>
    /// Whether neither the event nor any older one can begin a choice at the instant or later; then it is no use as a
    /// later step either, for its beginning would be older still.
    /// </summary>
    private bool IsOver(long time, long now) =>
        _period.Shape is PeriodShape.Newest or PeriodShape.Between
        && !_period.Contains(time, now) && _period.NextChange(time, now) == Micros.Never;
}
