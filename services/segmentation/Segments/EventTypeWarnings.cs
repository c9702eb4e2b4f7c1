using EventSegmentation.Evaluation;
using EventSegmentation.Evaluation.Conditions;
using EventSegmentation.Segmentation.EventTypes;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Warns of event types that a definition names and that will hardly do what is meant.</summary>
internal static class EventTypeWarnings
{
    public static IEnumerable<string> Of(Definition definition, IReadOnlyDictionary<string, KnownType> types)
    {
        var firsts = definition.Condition.Leaves().OfType<Condition.First>().SelectMany(first => first.Events.Types).ToHashSet(StringComparer.Ordinal);
        foreach (var name in definition.EventTypes.Order(StringComparer.Ordinal))
        {
            if (!types.TryGetValue(name, out var type))
            {
                var hint = Nearest.To(name, types.Keys) is { } near ? $"; did you mean '{near}'?" : ".";
                yield return $"No event of type '{name}' was seen yet{hint}";
            }
            else if (!type.IsOn)
            {
                yield return $"The event type '{name}' is not used for segmentation: none of its new events counts until it is switched on.";
            }
            else if (firsts.Contains(name) && type.HasUncountedPast)
            {
                yield return $"There are events of type '{name}' from before it was used for segmentation; the first one that counts may not be the first there was.";
            }
        }
    }
}
