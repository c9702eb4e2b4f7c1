using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Tests.Fuzzing;

/// <summary>What a condition that is understood may grow to, counted by other means than those that refuse more.</summary>
internal static class ConditionSize
{
    /// <exception cref="InvalidOperationException">It is larger than a limit.</exception>
    public static void Check(Definition definition, JsonElement json)
    {
        Within("levels", definition.Condition.Depth(), Limits.Depth);
        Within("leaves", definition.Condition.Leaves().Count(), Limits.Leaves);
        foreach (var filter in Filters(json))
            Within("levels of a filter", Levels(filter), Limits.Depth);
    }

    private static IEnumerable<JsonElement> Filters(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(member => member.Name == "where" ? [member.Value] : Filters(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Filters),
        _ => [],
    };

    // Those inside `some` count on from where they stand.
    private static int Levels(JsonElement filter) => 1 + filter.EnumerateObject().SelectMany(member => member.Name switch
    {
        "all" or "any" => member.Value.EnumerateArray(),
        "not" or "some" => (IEnumerable<JsonElement>)[member.Value],
        _ => [],
    }).Select(Levels).DefaultIfEmpty().Max();

    private static void Within(string what, int found, int most)
    {
        if (found > most)
            throw new InvalidOperationException($"It was understood with {found} {what}, of at most {most}.");
    }
}
