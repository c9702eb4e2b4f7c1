using System.Globalization;
using System.Text;
using EventSegmentation.Evaluation.Conditions;

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
        foreach (var leaf in definition.Condition.Leaves())
            Count($"{(holds ? "true " : "false")} with {leaf.GetType().Name}{Detail(leaf)}");
    }

    public void Timer() => Count("timers followed");

    public void Resumed() => Count("states written and read");

    public void Input(Input input)
    {
        switch (input)
        {
            case Recorded e:
                Count(e.OccurredAt == e.At ? "event: on time" : e.OccurredAt < e.At ? "event: late" : "event: ahead");
                if (!e.Counts)
                    Count("event: not counting");
                break;
            case Changed:
                Count("contact changed");
                break;
        }
    }

    public void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;

    private static string Detail(Condition leaf) => leaf switch
    {
        Condition.Event of => $" {of.Measure.Figure} over {of.Period.GetType().Name} {of.Period.Shape}{(of.Events.Where is { Moves: true } ? " moving" : "")}",
        Condition.First { Has: not null } => " has",
        Condition.Last last => (last.Has is null ? "" : " has") + (last.NotFollowedBy is null ? "" : " notFollowedBy"),
        Condition.Sequence sequence => (sequence.Same is null ? "" : " same") + (sequence.Steps.Any(step => step.Without is not null) ? " without" : ""),
        Condition.Contact contact => $" {contact.Predicate.GetType().Name}",
        Condition.InSegment { For: not null } => " for",
        _ => "",
    };

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (what, count) in _counts)
            text.AppendLine(CultureInfo.InvariantCulture, $"{count,12:N0}  {what}");
        return text.ToString();
    }
}
