using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Http;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Groups;

/// <summary>Reads exclusive groups, and asks for changes of them.</summary>
internal sealed class GroupStore(NpgsqlDataSource database)
{
    // The keys of a list of segments, in its order.
    private const string Select = """
        select g.key, array(select s.key from unnest(g.segment_ids) with ordinality as member (id, place)
                            join segmentation.segments s on s.id = member.id order by member.place),
               waiting.segment_ids is not null,
               array(select s.key from unnest(waiting.segment_ids) with ordinality as member (id, place)
                     join segmentation.segments s on s.id = member.id order by member.place),
               g.revision, g.changed, g.changed_by
        from segmentation.segment_groups g
        left join lateral (
            select c.segment_ids from segmentation.build_groups c join segmentation.builds b on b.id = c.build_id
            where c.group_key = g.key and b.state in ('waiting', 'running') limit 1
        ) waiting on true
        where (cardinality(g.segment_ids) > 0 or waiting.segment_ids is not null)
        """;

    /// <summary>Groups after a key, in the order of keys.</summary>
    public async Task<List<GroupView>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} and g.key > $1 order by g.key limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>All groups as they serve or will serve, in the order of keys.</summary>
    public static async Task<IReadOnlyList<WrittenGroup>> WantedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"{Select} order by g.key", connection);
        return
        [
            .. from view in await ReadAsync(command, cancellationToken)
               let segments = view.Waiting ?? view.Segments
               where segments.Count > 0
               select new WrittenGroup(view.Key, segments),
        ];
    }

    /// <summary>One group, or null.</summary>
    public async Task<GroupView?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, key, cancellationToken);
    }

    /// <summary>Makes a group, or gives it another order.</summary>
    public Task<GroupOutcome> SetAsync(WrittenGroup group, bool silent, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) =>
        ChangeAsync(group.Key, group.Segments, silent, match, mark, cancellationToken);

    /// <summary>Ends a group: each of its segments has again whoever qualifies for it.</summary>
    public Task<GroupOutcome> EndAsync(string key, bool silent, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) =>
        ChangeAsync(key, [], silent, match, mark, cancellationToken);

    /// <summary>The ids of segments by their keys; one that there is not is not there. For who holds the lock of the plan.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> IdsAsync(NpgsqlConnection connection, string[] segments, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select key, id from segmentation.segments where key = any($1)", connection);
        command.Parameters.Add(new() { Value = segments });
        var ids = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetString(0), reader.GetInt64(1));
        return ids;
    }

    /// <summary>The change of a group, or the first of its segments that there is not.</summary>
    public static (GroupChange? Change, GroupOutcome.UnknownSegment? Unknown) Resolve(
        string key, IReadOnlyList<string> segments, IReadOnlyDictionary<string, long> ids)
    {
        foreach (var (place, segment) in segments.Index())
        {
            if (!ids.ContainsKey(segment))
                return (null, new(segment, place));
        }

        return (new(key, [.. segments.Select(segment => ids[segment])]), null);
    }

    private async Task<GroupOutcome> ChangeAsync(
        string key, IReadOnlyList<string> segments, bool silent, IfMatch match, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var revision = await BuildStore.TakePlanAsync(connection, cancellationToken);
        var present = await FindAsync(connection, key, cancellationToken);
        if (present is null ? segments.Count == 0 || match.IsGiven : !match.Allows(present.Revision))
            return present is null ? new GroupOutcome.Unknown() : new GroupOutcome.Changed(present.Revision);
        if (present is not null && (present.Waiting ?? present.Segments).SequenceEqual(segments, StringComparer.Ordinal))
            return new GroupOutcome.Done(present.Revision);
        var (change, unknown) = Resolve(key, segments, await IdsAsync(connection, [.. segments], cancellationToken));
        if (change is null)
            return unknown!;
        if (await BuildStore.RequestAsync(connection, mark.By, silent, [], [change], mark.At, cancellationToken) is BuildRequest.Refused refused)
            return new GroupOutcome.Refused(refused.Problems);
        await transaction.CommitAsync(cancellationToken);
        return new GroupOutcome.Done(revision);
    }

    private static async Task<GroupView?> FindAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"{Select} and g.key = $1", connection);
        command.Parameters.Add(new() { Value = key });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    private static async Task<List<GroupView>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var groups = new List<GroupView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            groups.Add(new(
                reader.GetString(0), reader.GetFieldValue<string[]>(1), reader.GetBoolean(2) ? reader.GetFieldValue<string[]>(3) : null, reader.GetInt64(4),
                reader.GetFieldValue<DateTimeOffset>(5), reader.GetString(6)));
        }

        return groups;
    }
}
