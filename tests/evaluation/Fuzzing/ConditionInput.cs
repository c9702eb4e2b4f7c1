using System.Text;
using System.Text.Json;
using EventSegmentation.Evaluation.Tests.Laws;
using EventSegmentation.Fuzzing;

namespace EventSegmentation.Evaluation.Tests.Fuzzing;

/// <summary>A condition that somebody may send, a zone beside it, and events on which it is tried if it is understood.</summary>
/// <param name="Text">The bytes of the condition; mostly JSON.</param>
/// <param name="Zone">The name of a zone, or what stands in place of one; null for none.</param>
/// <param name="Params">The parameters of events; what is no JSON object among them is left out.</param>
internal sealed record ConditionInput(byte[] Text, string? Zone, IReadOnlyList<string> Params)
{
    private static readonly JsonTree[] Bases = [.. Samples.Conditions.Select(JsonTree.Of)];
    private static readonly JsonTree[] Events = [.. Samples.Params.Select(JsonTree.Of)];
    private static readonly string?[] Zones = [null, "UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"];

    public static ConditionInput Make(Random random)
    {
        var mutation = new JsonMutation(random, Bases);
        var start = random.Next(3) == 0 ? Bases[random.Next(Bases.Length)] : JsonTree.Of(new DefinitionMaker(random, new TimeMaker(random)).Make(before: 2));
        var text = Encoding.UTF8.GetBytes(mutation.Apply(start, random.Next(8) == 0 ? 0 : random.Next(1, 4)).ToString());
        if (random.Next(40) == 0)
            text = ByteMutation.Apply(random, text);
        var zone = random.Next(10) == 0 ? mutation.Hostile.Texts.Zone() : Zones[random.Next(Zones.Length)];
        var events = Enumerable.Range(0, random.Next(4)).Select(_ => new JsonMutation(random, Events).Apply(Events[random.Next(Events.Length)], random.Next(3)).ToString());
        return new(text, zone, [.. events]);
    }

    /// <summary>The condition; null if it is no JSON within the depth that a body may have.</summary>
    public JsonElement? Json()
    {
        try
        {
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => $"""
        zone {(Zone is null ? "null" : JsonSerializer.Serialize(Zone))}
        params {string.Join(" and ", Params)}
        condition {Encoding.UTF8.GetString(Text)}
        as base64 {Convert.ToBase64String(Text)}
        """;
}
