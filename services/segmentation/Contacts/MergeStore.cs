using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What became of a merge or of giving back.</summary>
/// <param name="Refusal">Why not; null if it was done.</param>
/// <param name="Sequence">The sequence of its last fact.</param>
internal readonly record struct MergeOutcome(MergeRefusal? Refusal, long Sequence);

/// <summary>
/// Merges contacts and gives them back. Identifiers, fields and streams stay whose they are; only what is made from the
/// streams unites them, so nothing is lost that giving back would miss.
/// </summary>
internal sealed class MergeStore(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Merges a contact into another.</summary>
    /// <param name="by">The name of the key that asks for it.</param>
    public Task<MergeOutcome> MergeAsync(long contact, long into, string by, CancellationToken cancellationToken) => Races.RetryAsync(() => TryAsync(
        [contact, into],
        tree => Merging.RefuseMerge(tree, contact, into),
        _ => (into, [
            new(contact, Guid.CreateVersion7(), new ContactMergedInto(by, StreamId.Of(into))),
            new(into, Guid.CreateVersion7(), new ContactMerged(by, StreamId.Of(contact))),
        ]),
        contact,
        cancellationToken));

    /// <summary>Gives back a contact that was merged into another, with all that were merged into it.</summary>
    /// <param name="by">The name of the key that asks for it.</param>
    public Task<MergeOutcome> UnmergeAsync(long contact, string by, CancellationToken cancellationToken) => Races.RetryAsync(() => TryAsync(
        [contact],
        tree => Merging.RefuseUnmerge(tree, contact),
        tree =>
        {
            var from = tree.Find(contact)!.MergedInto!.Value;
            return (null, [
                new(from, Guid.CreateVersion7(), new ContactSplit(by, StreamId.Of(contact))),
                new(contact, Guid.CreateVersion7(), new ContactUnmerged(by, StreamId.Of(from))),
            ]);
        },
        contact,
        cancellationToken));

    private async Task<MergeOutcome> TryAsync(
        long[] concerned,
        Func<PersonTree, MergeRefusal?> refuse,
        Func<PersonTree, (long? MergedInto, Append[] Facts)> decide,
        long contact,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Every stream of the persons, so that nothing comes between the two facts and no rival unites what is united
        // here. Whom to lock is read before the lock and is right only if it is still the same after it.
        var seen = await PersonStore.ReadAsync(connection, concerned, cancellationToken);
        var heads = await StreamAppender.LockAsync(connection, seen.Ids, cancellationToken);
        var tree = await PersonStore.ReadAsync(connection, concerned, cancellationToken);
        if (!tree.Ids.ToHashSet().SetEquals(seen.Ids))
            throw new MatchRaceException();
        if (refuse(tree) is { } refusal)
            return new(refusal, 0);

        // One instant for both facts, after everything that is known of either.
        var now = heads.Values.Select(head => head.RecordedTo).Append(time.GetUtcNow().TruncateToMicroseconds()).Max();
        var (mergedInto, facts) = decide(tree);
        await using (var command = new NpgsqlCommand("update segmentation.contacts set merged_into = $2 where id = $1", connection))
        {
            command.Parameters.Add(new() { Value = contact });
            command.Parameters.Add(new() { Value = mergedInto is { } survivor ? survivor : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        var sequence = await StreamAppender.AppendAsync(connection, facts, heads, now, cancellationToken);
        if (mergedInto is { } into)
            await ContactMoves.MoveAsync(connection, [.. tree.Person(contact)], into, facts[0].Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new(null, sequence);
    }
}
