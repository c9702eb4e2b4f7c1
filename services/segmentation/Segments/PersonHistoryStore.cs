using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>All that is known of a person, as the evaluator reads it.</summary>
/// <param name="ContactId">The contact that stands for the person.</param>
internal sealed record PersonHistory(string ContactId, ContactFacts Facts, IReadOnlyList<ContactEvent> Events);

/// <summary>Reads the whole history of a person: of a contact and of everybody merged into it.</summary>
internal sealed class PersonHistoryStore(NpgsqlDataSource database)
{
    /// <summary>The most events that are read for one answer.</summary>
    public const int MaxEvents = 100_000;

    /// <summary>The history of the person that a contact belongs to; null if it has more than <see cref="MaxEvents"/>.</summary>
    public async Task<PersonHistory?> ReadAsync(long contact, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var tree = await PersonStore.ReadAsync(connection, [contact], cancellationToken);
        var root = tree.Root(contact);
        var person = new GatheredPerson(root, [.. tree.Person(root)]);
        await foreach (var stored in StreamHistory.ReadAsync(connection, [.. tree.Person(root).Select(member => new WantedStream(root, member, long.MaxValue))], cancellationToken))
        {
            if (stored.Fact is EventRecorded && person.EventCount == MaxEvents)
                return null;
            person.Take(stored);
        }

        return person.History();
    }
}
