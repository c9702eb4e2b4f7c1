using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>
/// Erases persons, in one transaction: what the streams, the tables and other contacts' events hold of them. Places in
/// streams stay, so that versions have no gaps and an event that comes again is known. What the projection made of the
/// streams it takes back itself when it takes the fact in.
/// </summary>
internal sealed class ContactEraser(NpgsqlDataSource database, TimeProvider time)
{
    /// <param name="by">The name of the key that asks.</param>
    /// <param name="cancellationToken">Gives up what was searched; so it should not be that of a caller who may lose patience.</param>
    public Task<ErasureOutcome> EraseAsync(long contact, string by, CancellationToken cancellationToken) =>
        Races.RetryAsync(() => TryEraseAsync(contact, by, cancellationToken));

    private async Task<ErasureOutcome> TryEraseAsync(long contact, string by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await RefusalAsync(connection, contact, cancellationToken) is { } early)
            return early;
        var search = await ErasureSearch.RunAsync(connection, contact, cancellationToken);

        // The streams of those who are in conflict too: their facts are written, and two erasures must not wait for each other.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var heads = await StreamAppender.LockAsync(connection, [.. search.Person, .. search.Others], cancellationToken);
        if (await RefusalAsync(connection, contact, cancellationToken) is { } refusal)
            return refusal;

        // Held before the last look: a rule that makes identifiers of fields either is seen by it or waits.
        await ContactStandingStore.HoldAsync(connection, search.Person, cancellationToken);
        await search.CatchUpAsync(connection, heads, cancellationToken);

        var now = time.GetUtcNow().TruncateToMicroseconds();
        foreach (var part in search.Events.Chunk(ErasureStore.MaxRewritten))
            await ErasureStore.ScrubAsync(connection, part, search.Values, cancellationToken);
        await SetAsideErasureStore.EraseAsync(connection, search.SetAside, search.Values, cancellationToken);
        await ErasureStore.EraseAsync(connection, search.Person, now, cancellationToken);
        Append[] facts =
        [
            .. search.Events.GroupBy(e => e.ContactId).SelectMany(other => other.Chunk(ErasureStore.MaxRewritten), (other, part) => Fact(other.Key, new EventsScrubbed(by, [.. part.Select(e => e.EventId)]))),
            .. search.Person.Select(one => Fact(one, new ContactErased(by))),
        ];
        var sequence = await StreamAppender.AppendAsync(connection, facts, heads, now, cancellationToken);
        await ErasureStore.ArchiveAsync(connection, search.Person, cancellationToken);

        // Last, because the rows are hot.
        await ErasureStore.EraseSamplesAsync(connection, search.Shown, search.Values, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ErasureOutcome.Done(sequence);
    }

    private static async Task<ErasureOutcome?> RefusalAsync(NpgsqlConnection connection, long contact, CancellationToken cancellationToken) =>
        await ContactStandingStore.ReadAsync(connection, contact, cancellationToken) switch
        {
            null => new ErasureOutcome.Unknown(),
            { Erased: { } erased } => new ErasureOutcome.Erased(erased),
            { MergedInto: { } into } => new ErasureOutcome.Merged(into),
            _ => null,
        };

    private static Append Fact(long contact, StreamEvent fact) => new(contact, Guid.CreateVersion7(), fact);
}
