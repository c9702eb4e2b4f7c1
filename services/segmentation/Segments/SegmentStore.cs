using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Keeps segments and their versions. The projection does the building.</summary>
internal sealed class SegmentStore(NpgsqlDataSource database)
{
    private const string Select = """
        select s.key, s.name, s.purpose, s.tags, v.time_zone, v.condition::text, case when e.id is null then 'building' else 'live' end, v.version, s.created,
               coalesce(b.built, 0), coalesce(b.to_build, 0), (select count(*) from segmentation.memberships m where m.edition_id = e.id)
        from segmentation.segments s
        left join segmentation.editions e on e.segment_id = s.id and e.state = 'live'
        left join lateral (
            select c.version_id, r.built, r.to_build from segmentation.build_segments c
            join segmentation.builds r on r.id = c.build_id and r.state in ('waiting', 'running') where c.segment_id = s.id
        ) b on true
        join segmentation.segment_versions v on v.id = coalesce(e.version_id, b.version_id)
        where s.archived is null
        """;

    /// <summary>Adds a segment, or revives an archived one by its next version; from here on the projection builds it.</summary>
    public async Task<Creation> CreateAsync(SegmentDraft draft, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await BuildStore.TakePlanAsync(connection, cancellationToken);
        await using var insert = new NpgsqlCommand("""
            with segment as (
                insert into segmentation.segments (key, name, purpose, tags, created, created_by, changed, changed_by) values ($1, $2, $3, $4, $5, $8, $5, $8)
                on conflict (key) do update set name = excluded.name, purpose = excluded.purpose, tags = excluded.tags,
                    changed = excluded.changed, changed_by = excluded.changed_by, revision = segments.revision + 1
                where segments.archived is not null
                returning id
            )
            insert into segmentation.segment_versions (segment_id, version, condition, time_zone, state, created, created_by)
            select id, coalesce((select max(version) from segmentation.segment_versions where segment_id = id), 0) + 1, $6::jsonb, $7, 'draft', $5, $8 from segment
            returning segment_id, id
            """, connection);
        insert.Parameters.Add(new() { Value = draft.Key });
        insert.Parameters.Add(new() { Value = draft.Name });
        insert.Parameters.Add(new() { Value = draft.Purpose });
        insert.Parameters.Add(new() { Value = draft.Tags.ToArray() });
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = draft.Condition });
        insert.Parameters.Add(new() { Value = draft.Definition.TimeZone });
        insert.Parameters.Add(new() { Value = ApiKeys.AdminName });
        SegmentChange change;
        await using (var reader = await insert.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
                return new Creation.KeyTaken();
            change = new(reader.GetInt64(0), reader.GetInt64(1));
        }

        if (await BuildStore.RequestAsync(connection, ApiKeys.AdminName, silent: false, [change], [], now, cancellationToken) is BuildRequest.Refused refused)
            return new Creation.Refused(refused.Problems);
        await transaction.CommitAsync(cancellationToken);
        return new Creation.Created();
    }

    /// <summary>
    /// Ends a segment; the projection lets its members leave, or nobody if it was still being built, as nobody was told of
    /// an entry. One that others refer to, or that a group has, stays.
    /// </summary>
    public async Task<Deletion> DeleteAsync(string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await BuildStore.TakePlanAsync(connection, cancellationToken);
        await using var command = new NpgsqlCommand("select id from segmentation.segments where key = $1 and archived is null", connection);
        command.Parameters.Add(new() { Value = key });
        if (await command.ExecuteScalarAsync(cancellationToken) is not long segment)
            return new Deletion.Unknown();
        if (await BuildStore.RequestAsync(connection, ApiKeys.AdminName, silent: false, [new(segment, null)], [], now, cancellationToken) is BuildRequest.Refused refused)
            return new Deletion.Refused(refused.Problems);
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
        await using var command = database.CreateCommand("select id from segmentation.segments where key = $1 and archived is null");
        command.Parameters.Add(new() { Value = key });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Members after a contact, in the order of contact ids.</summary>
    public async Task<List<SegmentMember>> MembersAsync(long segment, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select m.contact_id, m.since from segmentation.editions e
            join segmentation.memberships m on m.edition_id = e.id
            where e.segment_id = $1 and e.state = 'live' and m.contact_id > $2 order by m.contact_id limit $3
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
            join segmentation.segment_versions v on v.segment_id = s.id and v.state in ('waiting', 'building', 'live')
            where s.archived is null order by s.key, v.version desc
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
