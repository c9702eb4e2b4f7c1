using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Explaining;
using EventSegmentation.Evaluation.Tests.Laws;

namespace EventSegmentation.Evaluation.Tests.Fuzzing;

/// <summary>
/// What must hold of any condition at all: it is refused with places that are in it, or it is understood, and then it keeps the limits, what is written
/// of it means the same, and nothing that is done with it fails.
/// </summary>
internal static class ConditionLaw
{
    private static readonly DateTimeOffset Created = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    // Instants that a caller may ask about, the edges of the calendar among them.
    private static readonly DateTimeOffset[] Instants = [DateTimeOffset.MinValue, new(2, 1, 1, 0, 0, 0, TimeSpan.Zero), Created.AddDays(27), new(9998, 12, 31, 23, 0, 0, TimeSpan.Zero)];

    /// <summary>How the input ended, in a few words.</summary>
    /// <exception cref="Exception">The law is broken.</exception>
    public static string Check(ConditionInput input)
    {
        if (input.Json() is not { } json)
            return "no JSON";
        var result = Definition.Parse(json, input.Zone);
        if (result.Definition is not { } definition)
        {
            result.Errors.Should().NotBeEmpty();
            foreach (var error in result.Errors)
                CheckError(error, json);
            return "refused with places";
        }

        result.Errors.Should().BeEmpty();
        ConditionSize.Check(definition, json);
        var again = Definition.Parse(WrittenForm.Of(json), definition.TimeZone);
        again.Definition.Should().NotBeNull($"what is written of it is understood: {string.Join("; ", again.Errors)}");
        again.Definition!.Form.Should().Be(definition.Form);
        again.Definition.Sentence.Should().Be(definition.Sentence);
        again.Warnings.Should().Equal(result.Warnings);
        foreach (var period in WrittenForm.Periods(definition.Condition))
            PeriodText.Parse(period.Text, definition.Zone, ahead: true, out _)!.Text.Should().Be(period.Text);
        IsText(definition.Sentence).Should().BeTrue();
        Differences.Between(definition, again.Definition).Should().BeEmpty();
        _ = definition.Foregone;
        Evaluate(definition, input);
        return "understood and evaluated";
    }

    private static void Evaluate(Definition definition, ConditionInput input)
    {
        var facts = new Contact("7", Created, """{"plan":"enterprise","trialEnds":"2026-03-03","birthday":"2024-02-29","trips":[{"ends":"0001-01-01"},{"ends":"9999-12-31"}]}""", null).Facts();
        var plan = Plan.Compile([new PlannedSegment(1, 1, definition, "No condition can name this")]);
        var changes = new List<Change>();
        var state = ContactState.New(plan, facts, Created, changes);
        var history = new List<ContactEvent>();
        foreach (var (place, e) in Events(definition, input).Index())
        {
            var at = Created.AddDays(place * 9);
            Evaluator.Advance(plan, state, e, at, changes);
            history.Add(e);
            state.IsMember(1).Should().Be(Reference.Holds(definition, facts, history, at), "the reference says so at {0:O}", at);
        }

        var read = ContactState.Read(plan, Simulation.Bytes(state));
        read.Memberships.Should().Equal(state.Memberships);
        for (var timers = 0; timers < 3 && state.Due is { } due; timers++)
            Evaluator.Advance(plan, state, due, changes);
        foreach (var at in Instants)
        {
            var holds = Reference.Holds(definition, facts, history, at);
            if (Explainer.Explain(definition, facts, history, at, new Dictionary<string, Definition>()).Holds != holds)
                throw new InvalidOperationException($"The explanation at {at:O} says other than {holds}.");
        }
    }

    private static IEnumerable<ContactEvent> Events(Definition definition, ConditionInput input)
    {
        DateTimeOffset[] times = [Created.AddDays(-1), new(2, 1, 1, 0, 0, 0, TimeSpan.Zero), new(9998, 12, 31, 0, 0, 0, TimeSpan.Zero), Created.AddDays(30)];
        foreach (var (place, text) in input.Params.Index())
            if (Object(text) is { } json)
                yield return new ContactEvent
                {
                    EventId = $"e{place}",
                    Type = definition.EventTypes.ElementAtOrDefault(place % Math.Max(1, definition.EventTypes.Count)) ?? "A",
                    OccurredAt = times[(place + text.Length) % times.Length],
                    Counts = true,
                    Params = json,
                };
    }

    private static JsonElement? Object(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void CheckError(DefinitionError error, JsonElement json)
    {
        error.Detail.Should().NotBeNullOrWhiteSpace();
        IsText($"{error.Pointer}{error.Detail}").Should().BeTrue("{0} is told to people", error);
        if (error.Pointer == "/timeZone")
            return;
        var parts = error.Pointer.Split('/').Skip(1).Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
        foreach (var part in parts)
            json = json.ValueKind switch
            {
                JsonValueKind.Array when int.TryParse(part, out var index) && index < json.GetArrayLength() => json[index],
                JsonValueKind.Object when json.TryGetProperty(part, out var member) => member,
                _ => throw new InvalidOperationException($"There is no place {error.Pointer}."),
            };
    }

    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return false;
        return true;
    }
}
