using System.Data;
using System.Runtime.CompilerServices;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Reads the histories of everybody, in the order of contact ids, as of one moment and in bounded memory.</summary>
internal sealed class PopulationStore(NpgsqlDataSource database)
{
    /// <summary>The most contacts of one statement.</summary>
    public const int MaxSlice = 500;

    /// <summary>The number of events at which a batch of persons is handed on; one person's history stays in one piece.</summary>
    public const int BatchEvents = 5_000;

    /// <summary>
    /// All persons that there are now, those merged as one, the erased left out. Ends early, with what was read, once
    /// the meter is spent by events.
    /// </summary>
    /// <param name="eventTypes">The event types that matter; events of others are not read. Null for all.</param>
    /// <param name="meter">Where each event that is read is counted.</param>
    public async IAsyncEnumerable<IReadOnlyList<PersonHistory>> ReadAsync(
        IReadOnlyCollection<string>? eventTypes, WorkMeter meter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // One snapshot for all statements: a contact that is merged meanwhile is there once.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var roots = await RootsAsync(connection, after: 0, cancellationToken);
        while (roots.Length > 0)
        {
            await foreach (var batch in ReadSliceAsync(connection, roots, eventTypes, meter, cancellationToken))
                yield return batch;
            if (meter.Spent is not null)
                yield break;
            roots = await RootsAsync(connection, roots[^1], cancellationToken);
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<PersonHistory>> ReadSliceAsync(
        NpgsqlConnection connection, long[] roots, IReadOnlyCollection<string>? eventTypes, WorkMeter meter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tree = await PersonStore.ReadAsync(connection, roots, cancellationToken);
        WantedStream[] wanted = [.. roots.SelectMany(root => tree.Person(root).Select(member => new WantedStream(root, member, long.MaxValue)))];
        var rootOf = wanted.ToDictionary(stream => stream.ContactId, stream => stream.Person);
        var batch = new List<PersonHistory>();
        var events = 0;
        GatheredPerson? person = null;
        await foreach (var stored in StreamHistory.ReadOfTypesAsync(connection, wanted, eventTypes, cancellationToken))
        {
            if (stored.Fact is EventRecorded && !meter.Read())
                yield break;
            var root = rootOf[stored.ContactId];
            if (person?.Root != root)
            {
                events += Finish(person, batch);
                if (events >= BatchEvents)
                {
                    yield return batch;
                    (batch, events) = ([], 0);
                }

                person = new(root, [.. tree.Person(root)]);
            }

            person.Take(stored);
        }

        Finish(person, batch);
        if (batch.Count > 0)
            yield return batch;
    }

    private static int Finish(GatheredPerson? person, List<PersonHistory> batch)
    {
        if (person is not null)
            batch.Add(person.History());
        return person?.EventCount ?? 0;
    }

    private static async Task<long[]> RootsAsync(NpgsqlConnection connection, long after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select coalesce(array_agg(id order by id), '{}') from (
                select id from segmentation.contacts where id > $1 and merged_into is null and erased is null order by id limit $2
            ) slice
            """, connection);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = MaxSlice });
        return (long[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
