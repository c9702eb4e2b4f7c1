using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>A segment as calls on its list see it.</summary>
internal sealed record ListedSegment(long Id, string Key, bool IsStatic, bool IsArchived);

/// <summary>A contact that an identifier finds.</summary>
internal readonly record struct FoundContact(long Id, bool IsErased);

/// <summary>The statements about who is on which list.</summary>
internal static class ListStore
{
    /// <summary>The segment of a key; null if there is none.</summary>
    public static async Task<ListedSegment?> SegmentAsync(NpgsqlDataSource database, string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, key, is_static, archived is not null from segmentation.segments where key = $1");
        command.Parameters.Add(new() { Value = key });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetInt64(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3)) : null;
    }

    /// <summary>True if the segment is archived; otherwise nobody archives it before the end of the transaction.</summary>
    public static async Task<bool> IsArchivedAsync(NpgsqlConnection connection, long segment, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select archived is not null from segmentation.segments where id = $1 for share", connection);
        command.Parameters.Add(new() { Value = segment });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The kinds of identifiers: those every contact can have, and the additional fields that identify.</summary>
    public static async Task<IReadOnlyList<string>> KindsAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select coalesce(array_agg(name), '{}') from segmentation.contact_fields where identifies");
        return [.. IdentifierKind.BuiltIn, IdentifierKind.ContactKey, .. (string[])(await command.ExecuteScalarAsync(cancellationToken))!];
    }

    /// <summary>The contacts that wishes name, by their place in the list; those that name nobody are not there.</summary>
    public static async Task<Dictionary<int, FoundContact>> FindAsync(NpgsqlConnection connection, IReadOnlyList<ListWish> wishes, CancellationToken cancellationToken)
    {
        // A contact's own id stands before an alias of the same text.
        await using var command = new NpgsqlCommand("""
            select wanted.place, coalesce(c.id, i.contact_id), c.erased is not null
            from unnest($1, $2, $3) with ordinality as wanted (kind, key, own, place)
            left join segmentation.contacts c on c.id = wanted.own
            left join segmentation.identifiers i on i.kind = wanted.kind and i.key = wanted.key
            where coalesce(c.id, i.contact_id) is not null
            """, connection);
        command.Parameters.Add(new() { Value = wishes.Select(wish => wish.Who.Key.Kind).ToArray() });
        command.Parameters.Add(new() { Value = wishes.Select(wish => wish.Who.Key.Key).ToArray() });
        command.Parameters.Add(new() { Value = wishes.Select(wish => OwnId(wish.Who)).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<int, FoundContact>(wishes.Count);
        while (await reader.ReadAsync(cancellationToken))
            found.Add((int)reader.GetInt64(0) - 1, new(reader.GetInt64(1), reader.GetBoolean(2)));
        return found;
    }

    /// <summary>Those of the contacts who are on the list. It stays so only for those whose streams the caller has locked.</summary>
    public static async Task<HashSet<long>> ListedAsync(NpgsqlConnection connection, long segment, long[] contacts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select contact_id from segmentation.list_members where segment_id = $1 and contact_id = any($2)", connection);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = contacts });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Those of the contacts who are on the list and joined it after a number.</summary>
    public static async Task<HashSet<long>> JoinedAfterAsync(NpgsqlConnection connection, long segment, long[] contacts, long joined, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select contact_id from segmentation.list_members where segment_id = $1 and contact_id = any($2) and joined > $3", connection);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = contacts });
        command.Parameters.Add(new() { Value = joined });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>The next contacts on the list in the order of their ids, of those who joined it up to a number.</summary>
    public static async Task<HashSet<long>> NextAsync(
        NpgsqlConnection connection, long segment, long joined, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select contact_id from segmentation.list_members where segment_id = $1 and contact_id > $2 and joined <= $4 order by contact_id limit $3", connection);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = joined });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Writes who joins and leaves. The streams of all must be locked.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection, long segment, IReadOnlyList<long> joining, IReadOnlyList<long> leaving, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("insert into segmentation.list_members (segment_id, contact_id) select $1, unnest($2)")
                {
                    Parameters = { new() { Value = segment }, new() { Value = joining.ToArray() } },
                },
                new("delete from segmentation.list_members where segment_id = $1 and contact_id = any($2)")
                {
                    Parameters = { new() { Value = segment }, new() { Value = leaving.ToArray() } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<HashSet<long>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var contacts = new HashSet<long>();
        while (await reader.ReadAsync(cancellationToken))
            contacts.Add(reader.GetInt64(0));
        return contacts;
    }

    private static long OwnId(Identifier who) => who.Kind == IdentifierKind.ContactId && StreamId.TryContact(who.Value, out var contact) ? contact : 0;
}
