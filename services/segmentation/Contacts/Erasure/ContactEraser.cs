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
    public Task<ErasureOutcome> EraseAsync(long contact, string by, CancellationToken cancellationToken) =>
        Races.RetryAsync(() => TryEraseAsync(contact, by, cancellationToken));

    private async Task<ErasureOutcome> TryEraseAsync(long contact, string by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The streams of those who are in conflict too: their facts are written, and two erasures must not wait for each other.
        var tree = await PersonStore.ReadAsync(connection, [contact], cancellationToken);
        long[] person = [.. tree.Person(contact)];
        var others = await ErasureStore.OthersAsync(connection, person, cancellationToken);
        var heads = await StreamAppender.LockAsync(connection, [.. person, .. others], cancellationToken);
        switch (await ContactStandingStore.ReadAsync(connection, contact, cancellationToken))
        {
            case null:
                return new ErasureOutcome.Unknown();
            case { Erased: { } erased }:
                return new ErasureOutcome.Erased(erased);
            case { MergedInto: { } into }:
                return new ErasureOutcome.Merged(into);
        }

        if (!tree.Ids.ToHashSet().SetEquals((await PersonStore.ReadAsync(connection, [contact], cancellationToken)).Ids))
            throw new MatchRaceException();

        // A conflict stands on both streams, so from here on there come no more of them.
        if (!others.SetEquals(await ErasureStore.OthersAsync(connection, person, cancellationToken)))
            throw new MatchRaceException();

        var now = time.GetUtcNow().TruncateToMicroseconds();
        var rules = await MatchingRuleStore.AllAsync(connection, cancellationToken);
        var trail = await TrailAsync(connection, person, rules, heads, cancellationToken);
        var values = new PersonalValues(await ErasureStore.WithoutOthersAsync(connection, person, trail.Keys, cancellationToken), rules);
        var scrubbed = await ScrubOthersAsync(connection, others, heads, values, cancellationToken);
        await ErasureStore.EraseUnassignedAsync(connection, values, cancellationToken);
        await RefusalErasureStore.EraseAsync(connection, values, cancellationToken);
        await ErasureStore.EraseAsync(connection, person, now, cancellationToken);
        Append[] facts =
        [
            .. scrubbed.Select(other => Fact(other.Key, new EventsScrubbed(by, [.. other.Select(e => e.Fact.EventId)]))),
            .. person.Select(one => Fact(one, new ContactErased(by))),
        ];
        var sequence = await StreamAppender.AppendAsync(connection, facts, heads, now, cancellationToken);
        await ErasureStore.ArchiveAsync(connection, person, cancellationToken);

        // Last, because the rows are hot.
        await ErasureStore.EraseSamplesAsync(connection, trail.Shown, values, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ErasureOutcome.Done(sequence);
    }

    private static async Task<PersonalTrail> TrailAsync(
        NpgsqlConnection connection, long[] person, MatchingRules rules, Dictionary<long, StreamHead> heads, CancellationToken cancellationToken)
    {
        var trail = new PersonalTrail(
            await ErasureStore.SamplesAsync(connection, person, cancellationToken), rules, await ErasureStore.HeldAsync(connection, person, cancellationToken));
        await foreach (var stored in StreamHistory.ReadAsync(connection, UpTo(person, heads), cancellationToken))
            trail.Follow(stored.Fact);
        return trail;
    }

    private static async Task<ILookup<long, ScrubbedEvent>> ScrubOthersAsync(
        NpgsqlConnection connection, IReadOnlySet<long> others, Dictionary<long, StreamHead> heads, PersonalValues values, CancellationToken cancellationToken)
    {
        var scrubbed = new List<ScrubbedEvent>();
        await foreach (var stored in StreamHistory.ReadAsync(connection, UpTo(others, heads), cancellationToken))
        {
            if (stored.Fact is EventRecorded { Params.ValueKind: System.Text.Json.JsonValueKind.Object } e && (values.AreIn(e.EventType, e.Params) || values.Tells(e.KeyValue)))
                scrubbed.Add(new(stored.Sequence, stored.ContactId, e with { Params = values.TakeOut(e.EventType, e.Params), KeyValue = values.Tells(e.KeyValue) ? null : e.KeyValue }));
        }

        await ErasureStore.RewriteAsync(connection, scrubbed, cancellationToken);
        return scrubbed.ToLookup(e => e.ContactId);
    }

    private static Append Fact(long contact, StreamEvent fact) => new(contact, Guid.CreateVersion7(), fact);

    private static WantedStream[] UpTo(IEnumerable<long> contacts, Dictionary<long, StreamHead> heads) =>
        [.. contacts.Where(heads.ContainsKey).Select(contact => new WantedStream(contact, heads[contact].Version))];
}
