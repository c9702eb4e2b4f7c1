using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>A condition on the parameters of one event, or on one object inside them: a tree over tests of single parameters.</summary>
public abstract record Where
{
    private Where()
    {
    }

    /// <summary>True if the answer may change with the clock alone.</summary>
    internal abstract bool Moves { get; }

    /// <summary>Whether it holds for the object at the instant.</summary>
    internal abstract bool Holds(JsonElement json, long now);

    /// <summary>No later than the earliest instant after <paramref name="now"/> at which the answer may change.</summary>
    internal abstract long NextChange(JsonElement json, long now);

    /// <summary>The parameters it looks at.</summary>
    internal abstract IEnumerable<ValuePath> Params { get; }

    /// <summary>Every part holds.</summary>
    public sealed record All(IReadOnlyList<Where> Parts) : Where
    {
        internal override bool Moves { get; } = Parts.Any(part => part.Moves);

        internal override IEnumerable<ValuePath> Params => Parts.SelectMany(part => part.Params);

        internal override long NextChange(JsonElement json, long now) => Moves ? Parts.Min(part => part.NextChange(json, now)) : Micros.Never;

        internal override bool Holds(JsonElement json, long now)
        {
            for (var i = 0; i < Parts.Count; i++)
                if (!Parts[i].Holds(json, now))
                    return false;
            return true;
        }
    }

    /// <summary>Some part holds.</summary>
    public sealed record Any(IReadOnlyList<Where> Parts) : Where
    {
        internal override bool Moves { get; } = Parts.Any(part => part.Moves);

        internal override IEnumerable<ValuePath> Params => Parts.SelectMany(part => part.Params);

        internal override long NextChange(JsonElement json, long now) => Moves ? Parts.Min(part => part.NextChange(json, now)) : Micros.Never;

        internal override bool Holds(JsonElement json, long now)
        {
            for (var i = 0; i < Parts.Count; i++)
                if (Parts[i].Holds(json, now))
                    return true;
            return false;
        }
    }

    /// <summary>The part does not hold.</summary>
    public sealed record Not(Where Part) : Where
    {
        internal override bool Moves => Part.Moves;

        internal override IEnumerable<ValuePath> Params => Part.Params;

        internal override long NextChange(JsonElement json, long now) => Part.NextChange(json, now);

        internal override bool Holds(JsonElement json, long now) => !Part.Holds(json, now);
    }

    /// <summary>One parameter satisfies the predicate.</summary>
    public sealed record Test(ValuePath Param, Predicate Predicate) : Where
    {
        internal override bool Moves => Predicate.Moves;

        internal override IEnumerable<ValuePath> Params => [Param];

        internal override long NextChange(JsonElement json, long now) => Predicate.NextChange(json, Param, now);

        internal override bool Holds(JsonElement json, long now) => Predicate.Holds(json, Param, now);
    }
}
