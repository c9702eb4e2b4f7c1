using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What became of a batch.</summary>
internal readonly record struct MatchOutcome(int Appended, int Duplicates, int Unassigned);

/// <summary>
/// Finds or creates the contacts of a batch of events and appends to their streams, all in one transaction.
/// Events that are in the store already are left out, so a batch may come again. One instance serves one worker.
/// </summary>
internal sealed class Matcher(NpgsqlDataSource database, ParameterCatalogue catalogue, TimeProvider time)
{
    private readonly ContactIdStore _ids = new();

    /// <summary>
    /// Returns once the batch is committed. Throws what the database throws, and <see cref="MatchRaceException"/>;
    /// then nothing of it is stored, and trying again is right if <see cref="DatabaseFaults"/> says so.
    /// </summary>
    public async Task<MatchOutcome> AppendAsync(IReadOnlyList<IncomingEvent> batch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var known = await ContactStore.LoadAsync(connection, batch, cancellationToken);
        var seen = new HashSet<Guid>(known.Recorded);
        var news = batch.Where(incoming => seen.Add(incoming.Id)).ToArray();
        if (news.Length == 0)
            return new(0, batch.Count, 0);

        await _ids.ReserveAsync(connection, news.Length, cancellationToken);
        var matched = MatchedBatch.Of(news, known.Contacts, known.Switches, _ids.Next);
        var heads = await StreamAppender.LockAsync(connection, matched.Existing, cancellationToken);
        if (heads.Values.Any(head => head.IsArchived))
            throw new MatchRaceException();

        // After the lock, so that no timer of these contacts has fired for a later instant.
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await ContactStore.WriteAsync(connection, matched, now, cancellationToken);
        if (matched.Appends.Count > 0)
            await StreamAppender.AppendAsync(connection, matched.Appends, heads, now, cancellationToken);

        var parameters = new Dictionary<(string, string, string), SeenParameter>();
        foreach (var incoming in news)
            catalogue.Look(incoming.Event.EventType, incoming.Event.Params, incoming.Event.ReceivedAt, parameters);
        await EventTypeStore.WriteAsync(connection, news.Select(incoming => incoming.Event), parameters.Values, cancellationToken);

        await transaction.CommitAsync(cancellationToken);
        catalogue.Remember(parameters.Values);
        return new(matched.Events, batch.Count - news.Length, matched.Unassigned.Count);
    }
}
