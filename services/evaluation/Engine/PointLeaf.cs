using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>The first or the last matching event: where it lies, what it has, and what came after it.</summary>
internal sealed class PointLeaf : Leaf
{
    private readonly EventFilter _events;
    private readonly Period _period;
    private readonly Where? _has;
    private readonly EventFilter? _notFollowedBy;
    private readonly bool _isFirst;

    public PointLeaf(string canonical, Condition.First first)
        : base(canonical) => (_events, _period, _has, _isFirst) = (first.Events, first.Period, first.Has, true);

    public PointLeaf(string canonical, Condition.Last last)
        : base(canonical) => (_events, _period, _has, _notFollowedBy) = (last.Events, last.Period, last.Has, last.NotFollowedBy);

    public override EventFilter? OnlyFilter => _notFollowedBy is null ? _events : null;

    public override IEnumerable<string> EventTypes => _events.Types.Union(_notFollowedBy?.Types ?? []);

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        var changed = false;
        if (_notFollowedBy is { } follower && follower.Lets(e, now))
            changed = ((PointTally)(tally ??= new PointTally(_has is not null))).Follow(time);
        if (_events.Lets(e, now))
        {
            var point = (PointTally)(tally ??= new PointTally(_has is not null));
            if (point.Replaces(time, e.EventId, _isFirst))
            {
                point.Set(time, e.EventId, _has is null || _has.Holds(e.Params, now));
                changed = true;
            }
        }

        return changed;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var point = (PointTally)tally;
        return point.Time == Micros.Never || !point.Has || point.IsFollowed
            ? new Verdict(false, Micros.Never)
            : new Verdict(_period.Contains(point.Time, now), _period.NextChange(point.Time, now));
    }

    public override Tally Read(ref PackReader from) => PointTally.Read(ref from, _has is not null);
}

/// <summary>One event of a contact: when, whether it has what is asked, and its id where a tie could matter.</summary>
internal sealed class PointTally(bool keepsId) : Tally
{
    private string _id = "";
    private long _followed = Micros.Never;

    public long Time { get; private set; } = Micros.Never;

    public bool Has { get; private set; }

    /// <summary>A follower lies strictly later.</summary>
    public bool IsFollowed => _followed != Micros.Never && _followed > Time;

    public override bool IsEmpty => Time == Micros.Never && _followed == Micros.Never;

    /// <summary>Whether an event comes before the first so far, or behind the last.</summary>
    public bool Replaces(long time, string id, bool first)
    {
        if (Time == Micros.Never)
            return true;
        var order = time.CompareTo(Time);
        if (order == 0 && keepsId)
            order = string.CompareOrdinal(id, _id);
        return first ? order < 0 : order > 0;
    }

    public void Set(long time, string id, bool has) => (Time, _id, Has) = (time, id, has);

    /// <summary>Takes in a follower. Returns false if a later one is known.</summary>
    public bool Follow(long time)
    {
        if (_followed != Micros.Never && _followed >= time)
            return false;
        _followed = time;
        return true;
    }

    public override void Write(PackWriter to)
    {
        to.TimeOrNever(Time);
        to.TimeOrNever(_followed);
        if (!keepsId || Time == Micros.Never)
            return;
        to.Text(_id);
        to.Flag(Has);
    }

    public static PointTally Read(ref PackReader from, bool keepsId)
    {
        var tally = new PointTally(keepsId) { Time = from.TimeOrNever(), _followed = from.TimeOrNever(), Has = !keepsId };
        if (keepsId && tally.Time != Micros.Never)
            (tally._id, tally.Has) = (from.Text(), from.Flag());
        return tally;
    }
}
