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

    private readonly Period _period;
    private readonly Marker _marker;
    private readonly Chains _chains;
    private readonly ValuePath[] _paths;
    private readonly bool _moves;
    private readonly bool _isLasting;

    public SequenceLeaf(string canonical, Condition.Sequence condition)
        : base(canonical)
    {
        _period = condition.Period;
        _marker = new Marker(condition);
        _chains = new Chains(condition, _marker);
        _paths = [.. _marker.Filters.SelectMany(filter => filter.Where?.Params ?? []), .. condition.Same is { } same ? new[] { same } : []];
        _moves = _marker.Filters.Any(filter => filter.Moves());

        // Nothing that is added later can undo a choice, unless an event may come between.
        _isLasting = !_moves && condition.Steps.All(step => step.Without is null);
    }

    public override IEnumerable<string> EventTypes => _marker.Filters.SelectMany(filter => filter.Types).Distinct();

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        var sequence = (SequenceTally?)tally;
        if ((sequence is not null && !sequence.Wants(time)) || IsOver(time, now))
            return false;
        var held = new HeldEvent(time, e.EventId, e.Type, e.Params);
        if (_moves)
        {
            sequence ??= new SequenceTally(_moves);
            sequence.Held.Add(held with { Params = Excerpt.Of(e.Params, _paths) });
        }
        else
        {
            var mark = _marker.Of(held, now);
            if (mark.Filters == 0)
                return false;
            sequence ??= new SequenceTally(_moves);
            sequence.Add(mark);
        }

        tally = sequence;
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var sequence = (SequenceTally)tally;
        if (sequence.IsDone)
            return new Verdict(true, Micros.Never);
        sequence.Drop(time => IsOver(time, now));
        var beginnings = Beginnings(sequence, now);
        if (_isLasting && Settle(sequence, beginnings, now))
            return new Verdict(true, Micros.Never);

        var holds = IsIn(beginnings, now);
        var at = now;
        for (var step = 0; step < MaxSteps; step++)
        {
            at = NextChange(sequence, beginnings, at);
            if (at == Micros.Never)
                break;
            if (_moves)
                beginnings = Beginnings(sequence, at);
            if (IsIn(beginnings, at) != holds)
                break;
        }

        return new Verdict(holds, at);
    }

    public override Tally Read(ref PackReader from) => SequenceTally.Read(ref from, _moves);

    /// <summary>Lets go of events that can add nothing to what is complete for good. Returns true if the answer is yes for ever.</summary>
    private bool Settle(SequenceTally sequence, List<long> beginnings, long now)
    {
        if (beginnings.Exists(time => _period.Contains(time, now) && _period.NextChange(time, now) == Micros.Never))
        {
            sequence.Finish();
            return true;
        }

        if (_period.Shape == PeriodShape.Newest)
        {
            // Older beginnings leave the period before the newest does.
            if (beginnings.Count > 0 && IsOver(beginnings[^1], now))
                beginnings.Clear();
            else if (beginnings.Count > 1)
                beginnings.RemoveRange(0, beginnings.Count - 1);
            sequence.KeepAfter(beginnings.Count > 0 ? beginnings[0] : Micros.Never);
        }

        return false;
    }

    private List<long> Beginnings(SequenceTally sequence, long now)
    {
        var marks = _moves ? sequence.Held.Events.ConvertAll(held => _marker.Of(held, now)) : sequence.Marks;
        var beginnings = _chains.Beginnings(marks);
        if (sequence.Newest != Micros.Never)
            beginnings.Insert(0, sequence.Newest);
        return beginnings;
    }

    private bool IsIn(List<long> beginnings, long now) => beginnings.Exists(time => _period.Contains(time, now));

    private long NextChange(SequenceTally sequence, List<long> beginnings, long now)
    {
        var next = Micros.Never;
        if (!_moves)
        {
            foreach (var time in beginnings)
                next = Math.Min(next, _period.NextChange(time, now));
            return next;
        }

        foreach (var held in sequence.Held.Events)
        {
            next = Math.Min(next, _period.NextChange(held.Time, now));
            foreach (var filter in _marker.Filters)
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
