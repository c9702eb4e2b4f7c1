using System.Numerics;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>
/// What conditions mean: a plain reading of a whole history at one instant, one method for each kind of node. It
/// shares definitions, calendar and predicates with the incremental evaluator, and nothing else.
/// </summary>
public static class Reference
{
    /// <summary>Whether the definition holds for the contact at an instant.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="facts">What is known of the contact besides its events.</param>
    /// <param name="history">All its events, each once, in any order; those after the instant do not exist yet.</param>
    /// <param name="now">The instant.</param>
    public static bool Holds(Definition definition, ContactFacts facts, IReadOnlyCollection<ContactEvent> history, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(history);
        var instant = Micros.Of(now);
        var past = history.Where(e => Time(e) <= instant).ToList();
        return new Moment(facts, past, instant).Holds(definition.Condition);
    }

    private static long Time(ContactEvent e) => Micros.Of(e.OccurredAt);

    private sealed record Moment(ContactFacts Facts, IReadOnlyList<ContactEvent> Past, long Now)
    {
        public bool Holds(Condition condition) => condition switch
        {
            Condition.All all => all.Parts.All(Holds),
            Condition.Any any => any.Parts.Any(Holds),
            Condition.Not not => !Holds(not.Part),
            Condition.Event of => Event(of),
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "not a condition"),
        };

        private bool Event(Condition.Event leaf)
        {
            var matching = Matching(leaf.Events).Where(e => leaf.Period.Contains(Time(e), Now)).ToList();
            return IsInRange(leaf.Measure, matching)
                && (leaf.OlderThan is not { } length || Now - FirstSeen() >= length.Micros);
        }

        private IEnumerable<ContactEvent> Matching(EventFilter filter) =>
            Past.Where(e => e.Counts && filter.Types.Contains(e.Type) && (filter.Where?.Holds(e.Params, Now) ?? true));

        private static bool IsInRange(Measure measure, List<ContactEvent> events)
        {
            if (measure.Figure == Figure.Count)
                return measure.Range.Contains(events.Count);
            var numbers = events.SelectMany(e => Numbers(measure.Param!, e)).ToList();
            return measure.Figure switch
            {
                Figure.Sum => IsInRange(measure.Range, numbers, 1),
                Figure.Average => numbers.Count > 0 && IsInRange(measure.Range, numbers, numbers.Count),
                Figure.Minimum => numbers.Count > 0 && measure.Range.Contains(numbers.Min()),
                Figure.Maximum => numbers.Count > 0 && measure.Range.Contains(numbers.Max()),
                _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "not a figure"),
            };
        }

        /// <summary>Whether the sum, shared out so many times, lies in the range; in whole units of 10^-28, so that nothing is rounded.</summary>
        private static bool IsInRange(NumberRange range, List<decimal> numbers, int times)
        {
            var sum = numbers.Select(Units).Aggregate(BigInteger.Zero, BigInteger.Add);
            return range.Reaches(sum.CompareTo(Units(range.First) * times)) && range.Stays(sum.CompareTo(Units(range.Second) * times));
        }

        private static BigInteger Units(decimal number)
        {
            var whole = decimal.Truncate(number);
            return ((BigInteger)whole * BigInteger.Pow(10, 28)) + (BigInteger)((number - whole) * 1e28m);
        }

        private static List<decimal> Numbers(ValuePath param, ContactEvent e)
        {
            var numbers = new List<decimal>();
            param.Some(e.Params, numbers, static (value, numbers) =>
            {
                if (JsonNumber.TryRead(value, out var number))
                    numbers.Add(number);
                return false;
            });
            return numbers;
        }

        private long FirstSeen() => Past.Select(Time).Append(Micros.Of(Facts.Created)).Min();
    }
}
