using System.Text.Json;
using System.Text.Json.Nodes;
using EventSegmentation.Evaluation.Conditions.Reading;
using EventSegmentation.Evaluation.Tests.Laws;
using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Reading;

public sealed class SchemaTests(ITestOutputHelper output)
{
    private const int Documents = 2_000;

    private static readonly SchemaCheck Schema = new(DefinitionSchema.Create());

    /// <summary>What stands in for a value: each kind of JSON, and what belongs somewhere else in the language.</summary>
    private static readonly string[] Strangers =
    [
        "null", "true", "0", "-1", "1.5", "5", "\"\"", "\"x\"", "\"today\"", "\"last 7 days\"", "\"next 7 days\"", "\"7 days\"", "\"10%\"", "\"2026-01-31\"",
        "[]", "[1,2]", "[\"x\"]", "{}", """{"event":"A"}""", """{"param":"n","is":1}""", """{"atLeast":1}""", """{"all":[]}""",
    ];

    private static readonly string[] BeyondSchemas =
        ["expected the lower number first", "expected the earlier first", "expected a whole number from 1 to", "expected a period around now", "each of them must be kept"];

    [Fact]
    public void Schema_and_parser_accept_and_refuse_the_same()
    {
        var seed = (int)(Proof.Seed % int.MaxValue);
        output.WriteLine($"PROVE_SEED={seed}");
        var random = new Random(seed);
        var names = Grammar.Members.SelectMany(kind => kind.Value).Concat(Grammar.TestMembers).Concat(Grammar.StepMembers).Append("unknown").Distinct().ToArray();
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < Documents; i++)
        {
            var json = JsonNode.Parse(new DefinitionMaker(random, new TimeMaker(random)).Make(before: 3))!;
            for (var changes = random.Next(3); changes > 0; changes--)
                Change(json, random, names);
            var document = JsonSerializer.SerializeToElement(json);
            var result = Definition.Parse(document, null);
            var inSchema = Schema.Accepts(document);
            if (inSchema == result.Errors is [])
            {
                (accepted, refused) = inSchema ? (accepted + 1, refused) : (accepted, refused + 1);
                continue;
            }

            // What no schema can say.
            result.Errors.Should().NotBeEmpty($"the schema refuses {document}");
            result.Errors.Should().OnlyContain(error => BeyondSchemas.Any(error.Detail.Contains), $"the schema accepts {document}");
        }

        output.WriteLine($"{accepted} documents accepted, {refused} refused");
        accepted.Should().BeGreaterThan(Documents / 10);
        refused.Should().BeGreaterThan(Documents / 10);
    }

    /// <summary>Takes away, renames, adds or replaces something somewhere in the document.</summary>
    private static void Change(JsonNode root, Random random, string[] names)
    {
        var objects = Objects(root).ToList();
        var target = objects[random.Next(objects.Count)];
        var members = target.Select(member => member.Key).ToList();
        var member = members.Count == 0 ? null : members[random.Next(members.Count)];
        var stranger = JsonNode.Parse(Strangers[random.Next(Strangers.Length)]);
        switch (random.Next(4))
        {
            case 0 when member is not null:
                target.Remove(member);
                break;
            case 1 when member is not null:
                var value = target[member]?.DeepClone();
                target.Remove(member);
                target[names[random.Next(names.Length)]] = value;
                break;
            case 2 when member is not null:
                target[member] = stranger;
                break;
            default:
                target[names[random.Next(names.Length)]] = stranger;
                break;
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject json => json.Select(member => member.Value).SelectMany(Objects).Prepend(json),
        JsonArray list => list.SelectMany(Objects),
        _ => [],
    };
}
