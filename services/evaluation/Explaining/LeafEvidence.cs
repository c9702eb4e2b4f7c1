using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>Finds the figure behind a leaf and the events that made it so.</summary>
/// <param name="moment">The contact at the instant.</param>
/// <param name="facts">What is known of it besides its events.</param>
/// <param name="since">Since when it has been in the segments it is in.</param>
internal sealed class LeafEvidence(ReferenceMoment moment, ContactFacts facts, IReadOnlyDictionary<string, long> since)
{
    private static readonly Evidence Nothing = new(null, []);

    /// <summary>What was found for a node; nothing for one with parts, whose parts have it.</summary>
    public Evidence Of(Condition node, bool hasParts) => node switch
    {
        _ when hasParts => Nothing,
        Condition.Event leaf => Event(leaf),
        Condition.First { Has: { } has } leaf => Has(has, moment.FirstOf(leaf.Events)),
        Condition.First leaf => Point(FigureKind.First, moment.FirstOf(leaf.Events), leaf.Period),
        Condition.Last { Has: { } has } leaf => Has(has, moment.LastOf(leaf.Events)),
        Condition.Last { NotFollowedBy: { } follower } leaf => Followers(follower, moment.LastOf(leaf.Events)),
        Condition.Last leaf => Point(FigureKind.Last, moment.LastOf(leaf.Events), leaf.Period),
        Condition.Streak leaf => Streak(leaf),
        Condition.Sequence leaf => Sequence(leaf),
        Condition.Contact { IsInstant: true } leaf => Instant(leaf),
        Condition.Contact leaf => new Evidence(new(FigureKind.Field, Shown.Values(facts.AllFields(), leaf.Field), Sentence.Test(leaf.Predicate)), []),
        Condition.InSegment leaf => Since(leaf.Key, leaf.For),
        Condition.Listed leaf => Since(leaf.Key, length: null),
        Condition.Sample leaf => new Evidence(new(FigureKind.Place, Shown.Number(leaf.PlaceOf(facts.ContactId)), $"below {NumberRange.Number(leaf.Percent)}"), []),
        _ => Nothing,
    };

    private Evidence Event(Condition.Event leaf)
    {
        var window = moment.Window(leaf);
        var kind = leaf.Measure.Figure switch
        {
            Figure.Count => FigureKind.Count,
            Figure.Sum => FigureKind.Sum,
            Figure.Average => FigureKind.Average,
            Figure.Minimum => FigureKind.Minimum,
            Figure.Maximum => FigureKind.Maximum,
            _ => FigureKind.Distinct,
        };
        return new Evidence(new(kind, Shown.Number(ExactFigure.Of(leaf.Measure, window)), leaf.Measure.Range.ToString()), window);
    }

    private static Evidence Point(FigureKind kind, ContactEvent? point, Period period) =>
        new(new(kind, Shown.Instant(point?.OccurredAt), Sentence.When(period)), OneOrNone(point));

    private static Evidence Has(Where has, ContactEvent? point) =>
        new(new(FigureKind.Params, Shown.Params(point, has), Sentence.Tree(has, nested: false)), OneOrNone(point));

    private Evidence Followers(EventFilter follower, ContactEvent? last)
    {
        if (last is null)
            return new Evidence(new(FigureKind.Followers, null, "none"), []);
        var followers = moment.After(last, follower).ToList();
        return new Evidence(new(FigureKind.Followers, Shown.Number(followers.Count), "none"), followers.Count > 0 ? followers : [last]);
    }

    private Evidence Streak(Condition.Streak leaf)
    {
        var filled = moment.FilledUnits(leaf);
        var units = leaf.Unit.ToString().ToLowerInvariant() + (leaf.Previous == 1 ? "" : "s");
        return new Evidence(
            new(FigureKind.Units, Shown.Number(filled.Count), $"at least {leaf.InAtLeast} of {leaf.Previous} {units}"),
            [.. filled.Select(unit => unit.Last())]);
    }

    private Evidence Sequence(Condition.Sequence leaf)
    {
        var chosen = moment.Choice(leaf);
        return new Evidence(new(FigureKind.Steps, Shown.Number(chosen.Count), $"exactly {leaf.Steps.Count}"), chosen);
    }

    /// <summary>The first sight may be the contact's making; then no event made it so.</summary>
    private Evidence Instant(Condition.Contact leaf)
    {
        var instant = moment.InstantOf(leaf.Field.Text);
        var made = leaf.Field.Text switch
        {
            "firstSeen" => moment.Past.FirstOrDefault(e => Micros.Of(e.OccurredAt) == instant),
            "lastSeen" => moment.Past is [.., var last] ? last : null,
            _ => null,
        };
        return new Evidence(
            new(FigureKind.Field, Shown.Instant(instant is { } time ? Micros.ToTime(time) : null), Sentence.Test(leaf.Predicate)),
            OneOrNone(made));
    }

    private Evidence Since(string key, Length? length)
    {
        DateTimeOffset? entered = since.TryGetValue(key, out var time) ? Micros.ToTime(time) : null;
        return new Evidence(new(FigureKind.Since, Shown.Instant(entered), length is null ? null : $"for at least {length}"), []);
    }

    private static IReadOnlyList<ContactEvent> OneOrNone(ContactEvent? e) => e is null ? [] : [e];
}

/// <summary>What was found for a leaf.</summary>
/// <param name="Figure">The figure; null for nodes that have none.</param>
/// <param name="Events">The events that made it so, in their order.</param>
internal sealed record Evidence(ExplainedFigure? Figure, IReadOnlyList<ContactEvent> Events);
