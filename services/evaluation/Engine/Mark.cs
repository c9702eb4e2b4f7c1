using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>An event as a sequence sees it.</summary>
/// <param name="Time">When it occurred.</param>
/// <param name="Filters">One bit for each filter that lets it pass: first those of the steps, then those of what must not lie between.</param>
/// <param name="Keys">The values of the parameter all steps must have in common, by name; empty where there is none.</param>
internal readonly record struct Mark(long Time, uint Filters, IReadOnlyList<string> Keys);

/// <summary>The filters of a sequence, and what they make of events.</summary>
internal sealed class Marker
{
    private readonly EventFilter[] _filters;
    private readonly int[] _without;
    private readonly ValuePath? _same;

    public Marker(Condition.Sequence sequence)
    {
        Steps = sequence.Steps;
        _same = sequence.Same;
        var filters = sequence.Steps.Select(step => step.Events).ToList();
        _without = new int[filters.Count];
        for (var i = 0; i < _without.Length; i++)
        {
            _without[i] = sequence.Steps[i].Without is null ? -1 : filters.Count;
            if (sequence.Steps[i].Without is { } without)
                filters.Add(without);
        }

        _filters = [.. filters];
    }

    public IReadOnlyList<Step> Steps { get; }

    public IReadOnlyList<EventFilter> Filters => _filters;

    /// <summary>The bit of the events that may be the step.</summary>
    public static uint OfStep(int step) => 1U << step;

    /// <summary>The bit of the events that must not lie before the step; 0 if any may.</summary>
    public uint OfWithout(int step) => _without[step] < 0 ? 0 : 1U << _without[step];

    /// <summary>What the filters make of an event at an instant.</summary>
    public Mark Of(HeldEvent held, long now)
    {
        var bits = 0U;
        for (var i = 0; i < _filters.Length; i++)
            if (_filters[i].Types.Contains(held.Type) && (_filters[i].Where is not { } where || where.Holds(held.Params, now)))
                bits |= 1U << i;
        return new Mark(held.Time, bits, bits != 0 && _same is not null ? ValueKeys.Of(held.Params, _same) : []);
    }
}
