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
internal sealed class Matcher(NpgsqlDataSource database, ParameterCatalogue catalogue, TimeProvider time)
{
    private readonly ContactIdStore _ids = new();

    // As the last look found them, so that identifiers can be looked up in the round trip that also brings the rules.
    private MatchingRules _rules = MatchingRules.None;

    /// <summary>
    /// Returns once the batch is committed. Throws what the database throws, and <see cref="MatchRaceException"/>;
    /// then nothing of it is stored, and trying again is right if <see cref="DatabaseFaults"/> says so.
    /// </summary>
    public async Task<MatchOutcome> AppendAsync(IReadOnlyList<IncomingEvent> batch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var (events, known) = await LoadAsync(connection, batch, cancellationToken);
        var seen = new HashSet<Guid>([.. known.Recorded, .. known.Unassigned]);
        var news = events.Where(incoming => seen.Add(incoming.Id)).ToArray();
        if (news.Length == 0)
            return new(0, batch.Count, 0);

        var parameters = new Dictionary<(string, string, string), SeenParameter>();
        foreach (var incoming in news)
            catalogue.Look(incoming.Event.EventType, incoming.Event.Params, incoming.Event.ReceivedAt, known.Rules, parameters);
        var (matched, heads) = await MatchAsync(connection, news, known, cancellationToken);
        await WriteAsync(connection, matched, heads, TypeTally.Of(news.Select(incoming => incoming.Event), matched.Recorded), parameters.Values, cancellationToken);

        await transaction.CommitAsync(cancellationToken);
        catalogue.Remember(parameters.Values);
        return new(matched.Events, batch.Count - news.Length, matched.Unassigned.Count);
    }

    /// <summary>
    /// Matches up to <paramref name="limit"/> unassigned events again, as if they came now: those after a position and up to
    /// another, oldest first. What finds a contact is unassigned no more. Throws as <see cref="AppendAsync"/> does.
    /// </summary>
    public async Task<RematchStep> RematchAsync(long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var (taken, position, skipped) = await UnassignedStore.TakeAsync(connection, after, upTo, limit, cancellationToken);
        if (taken.Count == 0)
            return new(position, 0, 0, 0, skipped);

        var (events, known) = await LoadAsync(connection, taken, cancellationToken);
        var news = events.Where(incoming => !known.Recorded.Contains(incoming.Id)).ToArray();
        var (matched, heads) = await MatchAsync(connection, news, known, cancellationToken);
        var left = matched.Unassigned.Select(lost => lost.Incoming.Id).ToHashSet();
        await UnassignedStore.RemoveAsync(connection, [.. events.Select(incoming => incoming.Id).Where(id => !left.Contains(id))], cancellationToken);
        await WriteAsync(connection, matched, heads, TypeTally.Of([], matched.Recorded), [], cancellationToken);

        await transaction.CommitAsync(cancellationToken);
        return new(position, taken.Count, matched.Events, left.Count, skipped);
    }

    /// <summary>The position up to which there are unassigned events.</summary>
    public async Task<long> LastUnassignedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await UnassignedStore.LastPositionAsync(connection, cancellationToken);
    }

    private async Task<(IReadOnlyList<IncomingEvent> Events, BatchKnowledge Known)> LoadAsync(
        NpgsqlConnection connection, IReadOnlyList<IncomingEvent> batch, CancellationToken cancellationToken)
    {
        string[] types = [.. batch.Select(incoming => incoming.Event.EventType).Distinct()];
        for (var looks = 0; looks < 2; looks++)
        {
            var events = batch.Select(incoming => incoming.Under(_rules.For(incoming.Event.EventType))).ToArray();
            var known = await ContactStore.LoadAsync(connection, events, cancellationToken);
            if (known.Rules.Agree(_rules, types))
                return (events, known);
            _rules = _rules.With(known.Rules, types);
        }

        throw new MatchRaceException();
    }

    private async Task<(MatchedBatch Matched, Dictionary<long, StreamHead> Heads)> MatchAsync(
        NpgsqlConnection connection, IncomingEvent[] news, BatchKnowledge known, CancellationToken cancellationToken)
    {
        await _ids.ReserveAsync(connection, news.Length, cancellationToken);
        var matched = MatchedBatch.Of(news, known.Contacts, known.Switches, _ids.Next);
        return await ContactStore.TryLockAsync(connection, matched, cancellationToken) is { } heads ? (matched, heads) : throw new MatchRaceException();
    }

    // The streams are locked, so that no timer of these contacts has fired for a later instant than now.
    private async Task WriteAsync(
        NpgsqlConnection connection,
        MatchedBatch matched,
        Dictionary<long, StreamHead> heads,
        IReadOnlyList<TypeTally> types,
        IReadOnlyCollection<SeenParameter> parameters,
        CancellationToken cancellationToken)
    {
        await using var store = new MatchedBatchStore(connection);
        store.Add(matched, heads, time.GetUtcNow().TruncateToMicroseconds());
        store.Add(types, parameters);
        await store.ExecuteAsync(cancellationToken);
    }
}
