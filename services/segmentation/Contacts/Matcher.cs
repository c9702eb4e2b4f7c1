using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What became of a batch.</summary>
internal readonly record struct MatchOutcome(int Appended, int Duplicates, int Unassigned);

/// <summary>What became of some unassigned events.</summary>
/// <param name="Position">How far it came.</param>
/// <param name="Examined">How many events it took; 0 if there were no more, or a rival has the rest.</param>
/// <param name="Assigned">How many of them found or made their contact.</param>
/// <param name="Unassigned">How many of them still belong to nobody.</param>
/// <param name="Skipped">The position of the first event that it passed over because a rival had it; null if it passed over none.</param>
internal readonly record struct RematchStep(long Position, int Examined, int Assigned, int Unassigned, long? Skipped);

/// <summary>
/// Finds or creates the contacts of a batch of events and appends to their streams, all in one transaction.
/// Events that are in the store already are left out, so a batch may come again. One instance serves one worker.
/// </summary>
internal sealed class Matcher(NpgsqlDataSource database, ParameterCatalogue catalogue, RememberedContacts remembered, TimeProvider time)
{
    /// <summary>How often a batch is looked up, each time because the look before showed that something else is to be asked for.</summary>
    public const int MaxLooks = 3;

    private readonly ContactIdStore _ids = new();

    // As the last look found them, so that identifiers can be looked up in the round trip that also brings the rules.
    private MatchingRules _rules = MatchingRules.None;

    // What the batch at work took from memory.
    private IReadOnlyCollection<KnownContact> _relied = [];

    /// <summary>
    /// Returns once the batch is committed. Throws what the database throws, and <see cref="MatchRaceException"/>;
    /// then nothing of it is stored, and trying again is right if <see cref="DatabaseFaults"/> says so.
    /// </summary>
    public Task<MatchOutcome> AppendAsync(IReadOnlyList<IncomingEvent> batch, CancellationToken cancellationToken) => TransactAsync(
        async (connection, transaction) =>
        {
            var (events, known) = await LoadAsync(connection, batch, cancellationToken);
            var seen = new HashSet<Guid>([.. known.Recorded, .. known.Unassigned]);
            var news = events.Where(incoming => seen.Add(incoming.Id)).ToArray();
            if (news.Length == 0)
                return new MatchOutcome(0, batch.Count, 0);

            var parameters = new Dictionary<(string, string, string), SeenParameter>();
            foreach (var incoming in news)
                catalogue.Look(incoming.Event.EventType, incoming.Event.Params, incoming.Event.ReceivedAt, known.Rules, parameters);
            var (decided, heads) = await MatchAsync(connection, news, known, cancellationToken);
            var matched = decided.Batch;
            await CommitAsync(transaction, matched, heads, TypeTally.Of(news.Select(incoming => incoming.Event), matched.Recorded), parameters.Values, cancellationToken);

            catalogue.Remember(parameters.Values);
            remembered.Remember(decided.Committed(heads));
            return new(matched.Events, batch.Count - news.Length, matched.Unassigned.Count);
        },
        cancellationToken);

    /// <summary>
    /// Matches up to <paramref name="limit"/> unassigned events again, as if they came now: those after a position and up to
    /// another, oldest first. What finds a contact is unassigned no more. Throws as <see cref="AppendAsync"/> does.
    /// </summary>
    public Task<RematchStep> RematchAsync(long after, long upTo, int limit, CancellationToken cancellationToken) => TransactAsync(
        async (connection, transaction) =>
        {
            var (taken, position, skipped) = await UnassignedStore.TakeAsync(connection, after, upTo, limit, cancellationToken);
            if (taken.Count == 0)
                return new RematchStep(position, 0, 0, 0, skipped);

            var (events, known) = await LoadAsync(connection, taken, cancellationToken);
            var news = events.Where(incoming => !known.Recorded.Contains(incoming.Id)).ToArray();
            var (decided, heads) = await MatchAsync(connection, news, known, cancellationToken);
            var matched = decided.Batch;
            var left = matched.Unassigned.Select(lost => lost.Incoming.Id).ToHashSet();
            await UnassignedStore.RemoveAsync(connection, [.. events.Select(incoming => incoming.Id).Where(id => !left.Contains(id))], cancellationToken);
            await CommitAsync(transaction, matched, heads, TypeTally.Of([], matched.Recorded), [], cancellationToken);

            remembered.Remember(decided.Committed(heads));
            return new(position, taken.Count, matched.Events, left.Count, skipped);
        },
        cancellationToken);

    /// <summary>The position up to which there are unassigned events.</summary>
    public async Task<long> LastUnassignedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await UnassignedStore.LastPositionAsync(connection, cancellationToken);
    }

    // Whoever lost a race looks everything up. After an outage the database may be another one than before: its stand-in, or itself as it was backed up.
    private async Task<T> TransactAsync<T>(Func<NpgsqlConnection, NpgsqlTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            return await work(connection, transaction);
        }
        catch (Exception exception) when (DatabaseFaults.IsRace(exception))
        {
            remembered.Forget(_relied);
            throw;
        }
        catch (Exception exception) when (!DatabaseFaults.IsData(exception))
        {
            remembered.Clear();
            throw;
        }
    }

    private async Task<(IReadOnlyList<IncomingEvent> Events, BatchKnowledge Known)> LoadAsync(
        NpgsqlConnection connection, IReadOnlyList<IncomingEvent> batch, CancellationToken cancellationToken)
    {
        string[] types = [.. batch.Select(incoming => incoming.Event.EventType).Distinct()];
        for (var looks = 0; looks < MaxLooks; looks++)
        {
            var events = batch.Select(incoming => incoming.Under(_rules.For(incoming.Event.EventType))).ToArray();
            var (contacts, missing) = remembered.Find(events);
            // Who is remembered can be locked at once. With others to be looked up it cannot: locks are taken in one order.
            var known = await ContactStore.LoadAsync(connection, events, missing, missing.Count == 0 ? contacts.Keys : [], cancellationToken);

            // Of somebody who has changed since, an identifier that was remembered may be another's now.
            var outdated = known.Contradicting(contacts.Values);
            if (outdated.Count == 0 && known.Rules.Agree(_rules, types))
            {
                _relied = contacts.Values;
                return (events, known.With(contacts.Values));
            }

            remembered.Forget(outdated);
            _rules = _rules.With(known.Rules, types);
        }

        throw new MatchRaceException();
    }

    private async Task<(DecidedBatch Decided, IReadOnlyDictionary<long, StreamHead> Heads)> MatchAsync(
        NpgsqlConnection connection, IncomingEvent[] news, BatchKnowledge known, CancellationToken cancellationToken)
    {
        await _ids.ReserveAsync(connection, news.Length, cancellationToken);
        var decided = DecidedBatch.Of(news, known, _ids.Next);
        var streams = known.Streams ?? await ContactStore.LockAsync(connection, decided.Batch, cancellationToken);
        if (decided.Changed(streams) is not { Count: > 0 } changed)
            return (decided, streams.Locked);

        // Somebody else has appended to them since. What the store says now of those that are locked holds until the commit.
        remembered.Forget(changed);
        var wanted = news.SelectMany(incoming => incoming.Identifiers).Select(identifier => identifier.Key).ToHashSet();
        wanted.IntersectWith(changed.SelectMany(contact => contact.Names));
        var found = await ContactStore.FindAsync(connection, wanted, cancellationToken);
        known = known.Without(changed);
        if (known.Contradicting(found).Count > 0)
            throw new MatchRaceException();
        await _ids.ReserveAsync(connection, news.Length, cancellationToken);
        decided = DecidedBatch.Of(news, known.With(found), _ids.Next);
        return decided.Stands(streams) ? (decided, streams.Locked) : throw new MatchRaceException();
    }

    // The streams are locked, so that no timer of these contacts has fired for a later instant than now.
    private async Task CommitAsync(
        NpgsqlTransaction transaction,
        MatchedBatch matched,
        IReadOnlyDictionary<long, StreamHead> heads,
        IReadOnlyList<TypeTally> types,
        IReadOnlyCollection<SeenParameter> parameters,
        CancellationToken cancellationToken)
    {
        await using var store = new MatchedBatchStore(transaction);
        store.Add(matched, heads, time.GetUtcNow().TruncateToMicroseconds());
        store.Add(types, parameters);
        await store.CommitAsync(cancellationToken);
    }
}
