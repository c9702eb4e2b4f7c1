using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>One generated case: segments, a contact, and what was recorded of it, in order.</summary>
public sealed record Scenario(IReadOnlyList<Segment> Segments, Contact Contact, IReadOnlyList<Input> Inputs, int Seed)
{
    /// <summary>The plan of all segments, or of the first ones alone.</summary>
    public Plan Plan(int? first = null) => Evaluation.Plan.Compile([.. Segments.Take(first ?? Segments.Count).Select(segment => segment.Planned())]);

    /// <summary>Smaller cases near this one: fewer inputs, fewer segments, simpler conditions.</summary>
    public IEnumerable<Scenario> Shrink()
    {
        for (var i = 0; i < Inputs.Count; i++)
            yield return this with { Inputs = [.. Inputs.Take(i), .. Inputs.Skip(i + 1)] };
        if (Segments.Count > 1)
            for (var i = 0; i < Segments.Count; i++)
                yield return this with { Segments = [.. Segments.Take(i), .. Segments.Skip(i + 1)] };
        if (Contact.Fields != "{}")
            yield return this with { Contact = Contact with { Fields = "{}" } };
        if (Segments.Any(segment => segment.Before.Count > 0))
            yield return this with { Segments = [.. Segments.Select(segment => segment with { Before = [] })] };
        for (var i = 0; i < Segments.Count; i++)
            foreach (var simpler in Segments[i].Shrink())
                yield return this with { Segments = [.. Segments.Take(i), simpler, .. Segments.Skip(i + 1)] };
    }

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"scenario of seed {Seed}");
        foreach (var segment in Segments)
            text.AppendLine(CultureInfo.InvariantCulture, $"  segment {segment.Id} epoch {segment.Epoch} in {segment.Zone}: {segment.Json}{string.Concat(segment.Before.Select(other => $" behind {other.Id}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  contact {Contact}");
        foreach (var input in Inputs)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {input}");
        return text.ToString();
    }
}

/// <summary>A segment in its JSON form.</summary>
public sealed record Segment(long Id, long Epoch, string Json, string Zone)
{
    /// <summary>In place of a condition: the segment is the list.</summary>
    public const string List = "list";

    public Definition Definition => Own.Behind(Before.Select(other => (other.Key, other.Own)));

    public string Key => Json == List ? List : $"s{Id % NextIds}";

    /// <summary>A next one of a segment has its key, and its id and this.</summary>
    public const long NextIds = 100;

    /// <summary>The segments before it in an exclusive group.</summary>
    public IReadOnlyList<Segment> Before { get; init; } = [];

    public Definition Own => Json == List ? Definition.Listed(List) : Parse();

    public PlannedSegment Planned(bool isNext = false) => new(Id, Epoch, Definition, Key, isNext);

    public IEnumerable<Segment> Shrink()
    {
        if (Json == List)
            yield break;
        using var document = JsonDocument.Parse(Json);
        var root = document.RootElement;
        var simpler = new List<string>();
        foreach (var group in new[] { "all", "any" })
            if (root.TryGetProperty(group, out var parts))
                simpler.AddRange(parts.EnumerateArray().Select(part => part.GetRawText()));
        if (root.TryGetProperty("not", out var negated))
            simpler.Add(negated.GetRawText());
        foreach (var member in root.EnumerateObject().Skip(1))
            simpler.Add(JsonSerializer.Serialize(root.EnumerateObject().Where(other => other.Name != member.Name).ToDictionary(other => other.Name, other => other.Value)));
        if (Zone != "UTC")
            yield return this with { Zone = "UTC" };
        foreach (var json in simpler)
            if (Definition.Parse(JsonElement.Parse(json), Zone).Definition is not null)
                yield return this with { Json = json };
    }

    private Definition Parse()
    {
        var result = Evaluation.Definition.Parse(JsonElement.Parse(Json), Zone);
        return result.Definition ?? throw new InvalidOperationException($"{Json} in {Zone}: {string.Join("; ", result.Errors)}");
    }
}

/// <summary>What is known of the contact of a case.</summary>
public sealed record Contact(string Id, DateTimeOffset Created, string Fields, DateTimeOffset? Listed)
{
    public ContactFacts Facts() => new(Id, Created, "Event")
    {
        Fields = JsonElement.Parse(Fields),
        Identifiers = [new("email", " Ada@Example.com "), new("phone", "123"), new("ContactKey", "k1")],
        Lists = Listed is { } since ? new Dictionary<string, DateTimeOffset> { ["list"] = since } : new Dictionary<string, DateTimeOffset>(),
    };

    public override string ToString() => $"{Id} created {Created:O} {Fields}{(Listed is { } since ? $", on the list since {since:O}" : "")}";
}

/// <summary>Something that is recorded at an instant.</summary>
public abstract record Input(DateTimeOffset At);

/// <summary>The contact's fields are others now.</summary>
public sealed record Changed(DateTimeOffset At, Contact Contact) : Input(At)
{
    public override string ToString() => $"at {At:O}: contact {Contact}";
}

/// <summary>An event and when it was recorded.</summary>
public sealed record Recorded(DateTimeOffset At, string Id, string Type, DateTimeOffset OccurredAt, bool Counts, string Json) : Input(At)
{
    public ContactEvent Event() => new()
    {
        EventId = Id,
        Type = Type,
        OccurredAt = OccurredAt,
        Counts = Counts,
        Params = JsonElement.Parse(Json),
    };

    public override string ToString() =>
        $"at {At:O}: {Type} '{Id}' of {OccurredAt:O}{(Counts ? "" : ", not counting")} {Json}";
}
