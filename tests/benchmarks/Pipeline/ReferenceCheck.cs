using EventSegmentation.Benchmarks.Pipeline.Traffic;
using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>
/// Whether a random sample of contacts has exactly the events that were sent of them, and is at one instant in exactly the
/// segments in which the reference evaluator finds them. To be asked when nothing is on its way any more.
/// </summary>
internal sealed class ReferenceCheck(Stack stack, uint seed)
{
    private const int Sampled = 300;

    /// <param name="sent">The streams and how many events of each were sent.</param>
    public async Task<Check> RunAsync(string scenario, int contacts, IReadOnlyList<(EventStream Stream, int Events)> sent)
    {
        var asked = DateTimeOffset.UtcNow;
        var random = new Random((int)seed);
        var sample = Enumerable.Range(0, Sampled).Select(_ => random.Next(contacts)).ToHashSet();
        var ids = Expected(sample, sent);
        var definitions = await new ServingDefinitions(stack.Database).ReadAsync(CancellationToken.None);
        var histories = new PersonHistoryStore(stack.Database);
        var (wrongEvents, wrongMemberships, memberships) = (0, 0, 0);
        foreach (var (customer, events) in ids)
        {
            var contact = await stack.ScalarAsync($"select contact_id from segmentation.identifiers where kind = 'externalId' and key = '{EventStream.Customer(customer)}'");
            var history = contact == 0 ? null : await histories.ReadAsync(contact, CancellationToken.None);
            if (history is null || !history.Events.Select(e => e.EventId).Order(StringComparer.Ordinal).SequenceEqual(events.Order(StringComparer.Ordinal)))
            {
                wrongEvents++;
                continue;
            }

            var (now, segments) = await SettledMemberships.ReadAsync(stack.Database, contact, asked)
                ?? throw new TimeoutException($"A timer of contact {contact} is overdue by more than {SettledMemberships.TimersCatchUp.TotalSeconds} s.");
            memberships += segments.Count;
            wrongMemberships += definitions.Count(definition =>
                Reference.Holds(definition.Value, history.Facts, history.Events, now, definitions) != segments.Contains(definition.Key));
        }

        return new(
            scenario, "memberships equal the reference's", wrongEvents + wrongMemberships == 0 && ids.Count > 0,
            $"{ids.Count} contacts by seed {seed}, {memberships:N0} memberships; {wrongMemberships} differ, {wrongEvents} contacts have other events than were sent");
    }

    // Of contacts that were sent any.
    private static Dictionary<int, List<string>> Expected(HashSet<int> sample, IReadOnlyList<(EventStream Stream, int Events)> sent)
    {
        var ids = new Dictionary<int, List<string>>();
        foreach (var (stream, events) in sent)
        {
            for (var place = 0; place < events; place++)
            {
                var contact = stream.ContactOf(place);
                if (!sample.Contains(contact))
                    continue;
                if (!ids.TryGetValue(contact, out var of))
                    ids[contact] = of = [];
                of.Add(stream.IdOf(place));
            }
        }

        return ids;
    }
}
