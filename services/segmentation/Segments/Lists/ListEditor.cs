using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>
/// Puts contacts on lists and takes them off. Each of them is a fact of the contact's own stream, so a replay, a merge and an
/// erasure treat it as they treat all that is known of a contact; the table beside it says who is on which list now.
/// </summary>
internal sealed class ListEditor(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Does what is asked for as far as it can be done, in one transaction.</summary>
    /// <param name="segment">A static segment.</param>
    /// <param name="by">The name of the key that asks.</param>
    /// <param name="alongside">What else is to be committed with it; null for nothing.</param>
    /// <param name="staying">Who is not taken off, whatever the wishes; null if nobody is spared.</param>
    /// <returns>What became of it; null, and nothing is done, if the segment is archived.</returns>
    public Task<ListOutcome?> ChangeAsync(
        ListedSegment segment, IReadOnlyList<ListWish> wishes, string by, Func<NpgsqlConnection, ListOutcome, Task>? alongside, CancellationToken cancellationToken,
        ListStaying? staying = null) =>
        Races.RetryAsync(() => TryAsync(segment, wishes, by, alongside, staying, cancellationToken));

    private async Task<ListOutcome?> TryAsync(
        ListedSegment segment, IReadOnlyList<ListWish> wishes, string by, Func<NpgsqlConnection, ListOutcome, Task>? alongside, ListStaying? staying,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await ListStore.IsArchivedAsync(connection, segment.Id, cancellationToken))
            return null;
        var byPlace = await ListStore.FindAsync(connection, wishes, cancellationToken);
        var refused = new List<ListRefusal>();
        var found = new List<(ListWish Wish, long Contact)>();
        foreach (var (i, wish) in wishes.Index())
            if (!byPlace.TryGetValue(i, out var contact))
                refused.Add(new(wish.Place, ListRefusals.Nobody));
            else if (contact.IsErased)
                refused.Add(new(wish.Place, ListRefusals.Erased));
            else
                found.Add((wish, contact.Id));

        var tree = await PersonStore.ReadAsync(connection, [.. found.Where(one => !one.Wish.Joins).Select(one => one.Contact).Distinct()], cancellationToken);
        if (staying is not null)
            found.RemoveAll(one => !one.Wish.Joins && Person(one.Contact).Any(staying.Named.Contains));
        long[] concerned = [.. found.SelectMany(one => one.Wish.Joins ? [one.Contact] : Person(one.Contact)).Distinct()];

        // Most of a list that is sent again is so already: nobody is locked for that.
        var seen = await ListStore.ListedAsync(connection, segment.Id, concerned, cancellationToken);
        var first = ListChanges.Of(found, Person, seen);
        var heads = await StreamAppender.LockAsync(connection, [.. first.Joining.Concat(first.Leaving).Distinct()], cancellationToken);
        var listed = await ListStore.ListedAsync(connection, segment.Id, [.. heads.Keys], cancellationToken);
        listed.UnionWith(seen.Where(contact => !heads.ContainsKey(contact)));

        // One that was erased meanwhile is on no list any more.
        foreach (var (wish, _) in found.Where(one => heads.TryGetValue(one.Contact, out var head) && head.IsArchived))
            refused.Add(new(wish.Place, ListRefusals.Erased));
        found.RemoveAll(one => heads.TryGetValue(one.Contact, out var head) && head.IsArchived);
        if (staying is not null)
        {
            var newcomers = await ListStore.JoinedAfterAsync(connection, segment.Id, concerned, staying.JoinedAfter, cancellationToken);
            found.RemoveAll(one => !one.Wish.Joins && Person(one.Contact).Any(newcomers.Contains));
        }

        var changes = ListChanges.Of(found, Person, listed);
        if (changes.Joining.Concat(changes.Leaving).Any(contact => !heads.ContainsKey(contact)))
            throw new MatchRaceException();

        long? sequence = null;
        if (changes.Joining.Count + changes.Leaving.Count > 0)
        {
            await ListStore.WriteAsync(connection, segment.Id, changes.Joining, changes.Leaving, cancellationToken);
            Append[] facts =
            [
                .. changes.Joining.Select(contact => new Append(contact, Guid.CreateVersion7(), new ListJoined(by, segment.Key))),
                .. changes.Leaving.Select(contact => new Append(contact, Guid.CreateVersion7(), new ListLeft(by, segment.Key))),
            ];
            sequence = await StreamAppender.AppendAsync(connection, facts, heads, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        }

        var outcome = new ListOutcome(changes.Added, changes.Removed, changes.Unchanged, refused, [.. found.Select(one => one.Contact)], sequence);
        if (alongside is not null)
            await alongside(connection, outcome);
        await transaction.CommitAsync(cancellationToken);
        return outcome;

        IEnumerable<long> Person(long contact) => tree.Person(tree.Root(contact));
    }
}
