using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>A predicate on a field of the contact. What moves with the clock keeps the field; the rest, its answer alone.</summary>
internal sealed class FieldLeaf(string canonical, ValuePath field, Predicate predicate) : Leaf(canonical)
{
    public override bool Learns => true;

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        var fields = facts.AllFields();
        if (predicate.Moves)
            tally = new FieldTally(Excerpt.Of(fields, [field]));
        else
            tally = new FlagTally(predicate.Holds(fields, field, now));
        return true;
    }

    public override Verdict Judge(Tally tally, long now) => tally is FieldTally kept
        ? new Verdict(predicate.Holds(kept.Fields, field, now), predicate.NextChange(kept.Fields, field, now))
        : new Verdict(((FlagTally)tally).Holds, Micros.Never);

    public override Tally Read(ref PackReader from) =>
        predicate.Moves ? FieldTally.Read(ref from) : new FlagTally(true);
}

/// <summary>A fixed part of all contacts, by a hash of contact id and salt.</summary>
internal sealed class SampleLeaf(string canonical, Condition.Sample sample) : Leaf(canonical)
{
    public override bool Learns => true;

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        tally = new FlagTally(sample.Chooses(facts.ContactId));
        return true;
    }

    public override Verdict Judge(Tally tally, long now) => new(((FlagTally)tally).Holds, Micros.Never);

    public override Tally Read(ref PackReader from) => new FlagTally(true);
}

/// <summary>The contact has been on a list, or in a segment outside the plan, for at least so long; from the first instant if nothing is said.</summary>
internal sealed class ListLeaf(string canonical, string key, Length? length) : Leaf(canonical)
{
    public override bool Learns => true;

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        var since = facts.Lists.TryGetValue(key, out var found) ? Micros.Of(found) : Micros.Never;
        tally = new SeenTally { Created = since };
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var reached = Micros.Add(((SeenTally)tally).Created, length?.Micros ?? 0);
        return now < reached ? new Verdict(false, reached) : new Verdict(true, Micros.Never);
    }

    public override Tally Read(ref PackReader from) => SeenTally.Read(ref from);
}

/// <summary>An answer that does not move with the clock. Only a true one is kept.</summary>
internal sealed class FlagTally(bool holds) : Tally
{
    public bool Holds => holds;

    public override bool IsEmpty => !holds;

    public override void Write(PackWriter to)
    {
        // That it is written says it all.
    }
}

/// <summary>The part of a contact's fields that a predicate looks at.</summary>
internal sealed class FieldTally(JsonElement fields) : Tally
{
    public JsonElement Fields => fields;

    public override bool IsEmpty => !fields.EnumerateObject().Any();

    public override void Write(PackWriter to) => to.Text(fields.GetRawText());

    public static FieldTally Read(ref PackReader from) => new(Excerpt.Parse(from.Text()));
}
