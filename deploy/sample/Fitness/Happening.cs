using System.Text.Json.Nodes;

namespace EventSegmentation.Sample.Fitness;

/// <summary>Something that a person does: the type of an event and its parameters, without a time.</summary>
internal sealed record Happening(Person Person, string Type, JsonObject Params)
{
    /// <summary>Makes it an event.</summary>
    public FitnessEvent At(DateTimeOffset instant, string id) => new(id, this, instant);
}

/// <summary>An event of the app.</summary>
/// <param name="Id">The same whenever the same history is told again.</param>
/// <param name="OccurredAt">UTC, in whole microseconds: finer digits would be cut off on arrival.</param>
internal sealed record FitnessEvent(string Id, Happening Happening, DateTimeOffset OccurredAt)
{
    public Person Person => Happening.Person;

    public string Type => Happening.Type;

    public JsonObject Params => Happening.Params;
}
