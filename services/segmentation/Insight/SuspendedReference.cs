using EventSegmentation.Evaluation;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>
/// Finds out whether an answer would depend on a suspended segment: who is in it is stored, and follows from no history, so there is
/// no exact answer.
/// </summary>
internal static class SuspendedReference
{
    /// <summary>The key of a suspended segment that a definition refers to, directly or through others, or is itself; null if there is none.</summary>
    /// <param name="segments">The definitions of the live segments by key.</param>
    public static string? Find(Definition definition, IReadOnlyDictionary<string, Definition> segments)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return Of(definition);

        string? Of(Definition one) => one.Condition is Condition.Suspended suspended
            ? suspended.Key
            : one.Segments.Order(StringComparer.Ordinal).Where(seen.Add)
                .Select(key => segments.TryGetValue(key, out var found) ? Of(found) : null).FirstOrDefault(key => key is not null);
    }

    public static string Detail(string key) =>
        $"The segment '{key}' is suspended, so nobody can say who belongs to it by its condition. GET /api/segments/{key} has the reason.";
}
