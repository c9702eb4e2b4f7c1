using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// What some events come to. For a count: how many. For sum and average: the numbers and how many they are. For
/// minimum and maximum: how many values reach the range, and how many lie beyond it and so forbid it.
/// </summary>
internal readonly record struct Total(long Count, long Beyond, ExactSum Sum)
{
    public bool IsNothing => Count == 0 && Beyond == 0;

    public static Total operator +(Total a, Total b) => new(a.Count + b.Count, a.Beyond + b.Beyond, a.Sum + b.Sum);

    public static Total operator -(Total a, Total b) => new(a.Count - b.Count, a.Beyond - b.Beyond, a.Sum - b.Sum);
}

/// <summary>How one figure is totalled over events and compared with its range.</summary>
internal sealed class Gauge
{
    private readonly Measure _measure;

    public Gauge(Measure measure)
    {
        _measure = measure;

        // From here on one more makes no difference: beyond the upper end, or at the lower where there is no upper.
        var range = measure.Range;
        Enough = range.HasHigh ? Whole(range.Second) + 1 : Whole(range.First) + (range.Comparison == Comparison.MoreThan ? 1 : 0);
    }

    /// <summary>For counts: from this number on, one more makes no difference.</summary>
    public long Enough { get; }

    public bool HasSum => _measure.Figure is Figure.Sum or Figure.Average;

    public bool HasBeyond => _measure.Figure is Figure.Minimum or Figure.Maximum;

    /// <summary>What one event adds.</summary>
    public Total Of(JsonElement json)
    {
        if (_measure.Param is not { } param)
            return new Total(1, 0, default);
        var sink = new Sink(_measure);
        param.Some(json, sink, static (value, sink) => sink.Add(value));
        return sink.Total;
    }

    /// <summary>Whether the figure lies in its range.</summary>
    public bool Holds(Total total)
    {
        var range = _measure.Range;
        return _measure.Figure switch
        {
            Figure.Count or Figure.Distinct => range.Contains(total.Count),
            Figure.Sum => Holds(total.Sum, 1),
            Figure.Average => total.Count > 0 && Holds(total.Sum, total.Count),
            _ => total.Count > 0 && total.Beyond == 0,
        };
    }

    /// <summary>Whether something can still make a difference to the figure beside what is there whenever it is there.</summary>
    public bool Matters(Total there, Total added) => _measure.Figure switch
    {
        Figure.Count or Figure.Distinct => there.Count < Enough,
        Figure.Minimum or Figure.Maximum => there.Beyond == 0 && (there.Count == 0 || added.Beyond > 0),
        _ => true,
    };

    private bool Holds(ExactSum sum, long times) =>
        _measure.Range.Reaches(sum.CompareTo(ExactSum.Of(_measure.Range.First, times)))
        && _measure.Range.Stays(sum.CompareTo(ExactSum.Of(_measure.Range.Second, times)));

    private static long Whole(decimal number) => (long)Math.Clamp(number, 0, long.MaxValue / 2);

    /// <summary>Gathers the values of one event.</summary>
    private sealed class Sink(Measure measure)
    {
        public Total Total { get; private set; }

        // The answer is always "not yet", so that every value is visited.
        public bool Add(JsonElement value)
        {
            if (JsonNumber.TryRead(value, out var number))
                Total += Of(number);
            return false;
        }

        private Total Of(decimal number)
        {
            var range = measure.Range;
            var reaches = range.Reaches(number.CompareTo(range.First));
            var stays = range.Stays(number.CompareTo(range.Second));
            return measure.Figure switch
            {
                Figure.Maximum => new Total(reaches ? 1 : 0, stays ? 0 : 1, default),
                Figure.Minimum => new Total(stays ? 1 : 0, reaches ? 0 : 1, default),
                _ => new Total(1, 0, ExactSum.Of(number)),
            };
        }
    }
}
