using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Keeps segments and their versions. The projection does the building.</summary>
internal sealed class SegmentStore(NpgsqlDataSource database)
{
    /// <summary>The most segments that are kept up to date at one time.</summary>
    public const int MaxLive = 1_000;

    private const string Select = """
        select s.key, s.name, s.purpose, s.tags, v.time_zone, v.condition::text, v.state, v.version, s.created, v.built, v.to_build,
               (select count(*) from segmentation.memberships m where v.state = 'live' and m.version_id = v.id)
        from segmentation.segments s
        join lateral (
            select * from segmentation.segment_versions
            where segment_id = s.id and state in ('live', 'building') order by (state = 'live') desc, version limit 1
        ) v on true
        where not s.archived
        """;

    /// <summary>Adds a segment; from here on the projection builds it.</summary>
    public async Task<Creation> CreateAsync(SegmentDraft draft, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await TakePlanAsync(connection, cancellationToken);

        var others = await DefinitionsAsync(connection, cancellationToken);
        if (others.Count >= MaxLive)
            return new Creation.TooMany();
        if (SegmentReferences.Check(draft.Key, draft.Definition, others) is { } refusal)
            return refusal;

        await using var insert = new NpgsqlCommand("""
            with segment as (
                insert into segmentation.segments (key, name, purpose, tags, created) values ($1, $2, $3, $4, $5)
                on conflict (key) where not archived do nothing returning id
            )
            insert into segmentation.segment_versions (segment_id, version, condition, time_zone, state, created, to_build)
            select id, 1, $6::jsonb, $7, 'building', $5, (select count(*) from segmentation.contact_states where state is not null) from segment
            """, connection);
        insert.Parameters.Add(new() { Value = draft.Key });
        insert.Parameters.Add(new() { Value = draft.Name });
        insert.Parameters.Add(new() { Value = draft.Purpose });
        insert.Parameters.Add(new() { Value = draft.Tags.ToArray() });
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = draft.Condition });
        insert.Parameters.Add(new() { Value = draft.Definition.TimeZone });
        if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0)
            return new Creation.KeyTaken();
        await transaction.CommitAsync(cancellationToken);
        return new Creation.Created();
    }

    /// <summary>
    /// Ends a segment; the projection lets its members leave, or nobody if it was still being built, as nobody was told of
    /// an entry. One that others refer to stays.
    /// </summary>
    public async Task<Deletion> DeleteAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await TakePlanAsync(connection, cancellationToken);
        var definitions = await DefinitionsAsync(connection, cancellationToken);
        if (definitions.Where(other => other.Value.Segments.Contains(key)).Select(other => other.Key).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } users)
            return new Deletion.ReferredTo(users);
        await using var command = new NpgsqlCommand("""
            with gone as (
                update segmentation.segments set archived = true where key = $1 and not archived returning id
            )
            update segmentation.segment_versions v set state = 'retiring', silent = v.silent or v.state = 'building' from gone
            where v.segment_id = gone.id and v.state in ('live', 'building')
            """, connection);
        command.Parameters.Add(new() { Value = key });
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            return new Deletion.Unknown();
        await transaction.CommitAsync(cancellationToken);
        return new Deletion.Deleted();
    }

    /// <summary>Segments after a key, in the order of keys, that have the tag and whose key, name or purpose has the text.</summary>
    public async Task<List<SegmentView>> ListAsync(string after, string? tag, string? text, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            {Select} and s.key > $1 and ($2::text is null or $2 = any(s.tags))
              and ($3::text is null or position(lower($3) in lower(s.key || ' ' || s.name || ' ' || s.purpose)) > 0)
            order by s.key limit $4
            """);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = (object?)tag ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>One segment, or null.</summary>
    public async Task<SegmentView?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} and s.key = $1");
        command.Parameters.Add(new() { Value = key });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The id of a segment that is not archived, or null.</summary>
    public async Task<long?> IdAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id from segmentation.segments where key = $1 and not archived");
        command.Parameters.Add(new() { Value = key });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Members after a contact, in the order of contact ids.</summary>
    public async Task<List<SegmentMember>> MembersAsync(long segment, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select m.contact_id, m.since from segmentation.segment_versions v
            join segmentation.memberships m on m.version_id = v.id
            where v.segment_id = $1 and v.state = 'live' and m.contact_id > $2 order by m.contact_id limit $3
            """);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<SegmentMember>();
        while (await reader.ReadAsync(cancellationToken))
            members.Add(new(StreamId.Of(reader.GetInt64(0)), reader.GetFieldValue<DateTimeOffset>(1)));
        return members;
    }

    // The row's lock lets one definition change at a time, so that epochs rise in commit order; the projection hears
    // of the change at the commit.
    private static async Task TakePlanAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("update segmentation.plan set version = version + 1"),
                new(AppendSignal.NotifySql),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The definitions of all segments by key, of each the newest that is live or being built.</summary>
    public async Task<IReadOnlyDictionary<string, Definition>> DefinitionsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await DefinitionsAsync(connection, cancellationToken);
    }

    private static async Task<Dictionary<string, Definition>> DefinitionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select distinct on (s.key) s.key, v.condition::text, v.time_zone from segmentation.segments s
            join segmentation.segment_versions v on v.segment_id = s.id and v.state in ('building', 'live')
            where not s.archived order by s.key, v.version desc
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var definitions = new Dictionary<string, Definition>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            using var condition = JsonDocument.Parse(reader.GetString(1));
            if (Definition.Parse(condition.RootElement, reader.GetString(2)).Definition is { } definition)
                definitions.Add(reader.GetString(0), definition);
        }

        return definitions;
    }

    private static async Task<List<SegmentView>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var segments = new List<SegmentView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            using var condition = JsonDocument.Parse(reader.GetString(5));
            var parsed = Definition.Parse(condition.RootElement, reader.GetString(4));
            var isBuilding = reader.GetString(6) == "building";
            segments.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<string[]>(3), reader.GetString(4),
                condition.RootElement.Clone(), reader.GetString(6), reader.GetInt32(7), reader.GetInt64(11),
                parsed.Definition?.Sentence ?? "", parsed.Warnings, reader.GetFieldValue<DateTimeOffset>(8),
                isBuilding ? new(reader.GetInt64(9), reader.GetInt64(10)) : null));
        }

        return segments;
    }
}
