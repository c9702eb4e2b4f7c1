using System.Globalization;
using System.Text;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>How often what was reached, so that a generator that has gone blind is seen.</summary>
internal sealed class Coverage
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Definitions, histories and instants that were compared with the reference.</summary>
    public long Comparisons { get; private set; }

    public void Compared(Definition definition, bool holds)
    {
        Comparisons++;
        Count(holds ? "answer: true" : "answer: false");
        _ = definition;
    }

    public void Timer() => Count("timers followed");

    public void Resumed() => Count("states written and read");

    public void Input(Recorded input)
    {
        Count(input.OccurredAt == input.At ? "event: on time" : input.OccurredAt < input.At ? "event: late" : "event: ahead");
        if (!input.Counts)
            Count("event: not counting");
    }

    public void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (what, count) in _counts)
            text.AppendLine(CultureInfo.InvariantCulture, $"{count,12:N0}  {what}");
        return text.ToString();
    }
}
