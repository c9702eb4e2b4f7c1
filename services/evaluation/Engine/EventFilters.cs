using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Asks filters about events.</summary>
internal static class EventFilters
{
    /// <summary>Whether the event is one of those the filter means.</summary>
    public static bool Lets(this EventFilter filter, ContactEvent e, long now)
    {
        var types = filter.Types;
        for (var i = 0; i < types.Count; i++)
            if (types[i] == e.Type)
                return filter.Where is null || filter.Where.Holds(e.Params, now);
        return false;
    }

    /// <summary>Whether the clock alone can change which events the filter means.</summary>
    public static bool Moves(this EventFilter filter) => filter.Where is { Moves: true };
}
