using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Http;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment as it is stored, for who changes it.</summary>
/// <param name="Last">The version that served last, or was written last if none did; of an archived segment only.</param>
/// <param name="Newest">The id of the version that was written last.</param>
/// <param name="Versions">How many versions it has, and the number of the newest.</param>
internal sealed record StoredSegment(
    long Id, string Key, string Name, string Purpose, IReadOnlyList<string> Tags, bool IsStatic, long Revision, bool IsArchived, SegmentStanding Standing,
    StandingVersion? Last, long Newest, int Versions);

/// <summary>Who changes something, and when.</summary>
/// <param name="By">The name of the key.</param>
internal sealed record ChangeMark(string By, DateTimeOffset At)
{
    /// <summary>The caller, now.</summary>
    public static ChangeMark Of(Caller caller, TimeProvider time) => new(caller.Name, time.GetUtcNow().TruncateToMicroseconds());
}

/// <summary>The rows of segments and their versions. Whoever changes them holds the lock of the plan.</summary>
internal static class SegmentRowStore
{
    /// <summary>The segment of a key, archived or not; null if there never was one.</summary>
    public static async Task<StoredSegment?> FindAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken) =>
        (await FindAsync(connection, [key], cancellationToken)).GetValueOrDefault(key);

    /// <summary>The segments of keys, archived or not; one that there never was is not there.</summary>
    public static async Task<Dictionary<string, StoredSegment>> FindAsync(NpgsqlConnection connection, string[] keys, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select s.id, s.key, s.name, s.purpose, s.tags, s.is_static, s.revision, s.archived is not null,
                   serving.id, serving.time_zone, serving.condition, draft.id, draft.time_zone, draft.condition, last.id, last.time_zone, last.condition,
                   newest.id, newest.version
            from segmentation.segments s
            left join segmentation.standing_versions serving on serving.segment_id = s.id
            left join lateral (
                select * from segmentation.segment_versions where segment_id = s.id and state = 'draft' order by version desc limit 1
            ) draft on true
            left join lateral (
                select * from segmentation.segment_versions where segment_id = s.id order by live_since is not null desc, version desc limit 1
            ) last on s.archived is not null
            cross join lateral (
                select id, version from segmentation.segment_versions where segment_id = s.id order by version desc limit 1
            ) newest
            where s.key = any($1)
            """, connection);
        command.Parameters.Add(new() { Value = keys });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<string, StoredSegment>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(reader.GetString(1), new(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<string[]>(4), reader.GetBoolean(5),
                reader.GetInt64(6), reader.GetBoolean(7), new(Version(reader, 8), Version(reader, 11)), Version(reader, 14), reader.GetInt64(17), reader.GetInt32(18)));
        }

        return found;
    }

    /// <summary>The version of a suspended segment, if nothing that takes its place is on its way; else null.</summary>
    public static async Task<long?> SuspendedVersionAsync(NpgsqlConnection connection, long segment, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select version_id from segmentation.editions where segment_id = $1 and state = 'live' and suspended is not null
              and not exists (
                  select from segmentation.build_segments c join segmentation.builds b on b.id = c.build_id
                  where c.segment_id = $1 and b.state in ('waiting', 'running'))
            """, connection);
        command.Parameters.Add(new() { Value = segment });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>How many segments there are, drafts and archived ones included.</summary>
    public static async Task<int> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select count(*)::int from segmentation.segments", connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The revision of a segment that there is.</summary>
    public static async Task<long> RevisionAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select revision from segmentation.segments where key = $1", connection);
        command.Parameters.Add(new() { Value = key });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Writes all there is to write.</summary>
    public static async Task<WrittenIds> WriteAsync(NpgsqlConnection connection, SegmentWrites writes, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { Add(writes.Added, mark), Describe(writes.Described, mark), Touch(writes.Touched, mark), EndDrafts(writes.EndedDrafts), AddVersions(writes.Versions, mark) },
        };
        var (segments, versions) = (new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            segments.Add(reader.GetString(0), reader.GetInt64(1));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            versions.Add(reader.GetString(0), reader.GetInt64(1));
        return new(segments, versions);
    }

    private static NpgsqlBatchCommand Add(List<WrittenSegment> added, ChangeMark mark) => new("""
        insert into segmentation.segments (key, name, purpose, tags, is_static, created, created_by, changed, changed_by)
        select key, name, purpose, array(select jsonb_array_elements_text(tags)), is_static, $6, $7, $6, $7
        from unnest($1, $2, $3, $4, $5) as new (key, name, purpose, tags, is_static)
        returning key, id
        """)
    {
        Parameters =
        {
            new() { Value = added.Select(segment => segment.Key).ToArray() },
            new() { Value = added.Select(segment => segment.Name).ToArray() },
            new() { Value = added.Select(segment => segment.Purpose).ToArray() },
            Tags(added),
            new() { Value = added.Select(segment => segment.IsStatic).ToArray() },
            new() { Value = mark.At },
            new() { Value = mark.By },
        },
    };

    private static NpgsqlBatchCommand Describe(List<(long Id, WrittenSegment Segment)> described, ChangeMark mark) => new("""
        update segmentation.segments s
        set name = new.name, purpose = new.purpose, tags = array(select jsonb_array_elements_text(new.tags)), archived = null,
            revision = s.revision + 1, changed = $5, changed_by = $6
        from unnest($1, $2, $3, $4) as new (id, name, purpose, tags) where s.id = new.id
        """)
    {
        Parameters =
        {
            new() { Value = described.Select(one => one.Id).ToArray() },
            new() { Value = described.Select(one => one.Segment.Name).ToArray() },
            new() { Value = described.Select(one => one.Segment.Purpose).ToArray() },
            Tags(described.Select(one => one.Segment)),
            new() { Value = mark.At },
            new() { Value = mark.By },
        },
    };

    private static NpgsqlBatchCommand Touch(List<long> touched, ChangeMark mark) =>
        new("update segmentation.segments set revision = revision + 1, changed = $2, changed_by = $3 where id = any($1)")
        {
            Parameters = { new() { Value = touched.ToArray() }, new() { Value = mark.At }, new() { Value = mark.By } },
        };

    private static NpgsqlBatchCommand EndDrafts(List<long> segments) =>
        new("update segmentation.segment_versions set state = 'cancelled' where segment_id = any($1) and state = 'draft'")
        {
            Parameters = { new() { Value = segments.ToArray() } },
        };

    private static NpgsqlBatchCommand AddVersions(List<NewVersion> versions, ChangeMark mark) => new("""
        with added as (
            insert into segmentation.segment_versions (segment_id, version, condition, time_zone, created, created_by, state)
            select s.id, coalesce((select max(version) from segmentation.segment_versions v where v.segment_id = s.id), 0) + 1,
                   new.condition::jsonb, new.time_zone, $5, $6, case when new.is_draft then 'draft' else 'waiting' end
            from unnest($1, $2, $3, $4) as new (key, condition, time_zone, is_draft) join segmentation.segments s on s.key = new.key
            returning segment_id, id
        )
        select s.key, added.id from added join segmentation.segments s on s.id = added.segment_id
        """)
    {
        Parameters =
        {
            new() { Value = versions.Select(version => version.Key).ToArray() },
            new() { Value = versions.Select(version => version.Text.Condition).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            new() { Value = versions.Select(version => version.Text.TimeZone).ToArray() },
            new() { Value = versions.Select(version => version.IsDraft).ToArray() },
            new() { Value = mark.At },
            new() { Value = mark.By },
        },
    };

    // Lists of lists are no array of PostgreSQL's: the inner ones go as JSON.
    private static NpgsqlParameter Tags(IEnumerable<WrittenSegment> segments) => new()
    {
        Value = segments.Select(segment => JsonSerializer.Serialize(segment.Tags, ApiJson.Answers.IReadOnlyListString)).ToArray(),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
    };

    /// <summary>Reads what a version says.</summary>
    /// <param name="condition">JSON as it is stored; null for a static segment.</param>
    public static VersionText Text(string timeZone, string? condition)
    {
        if (condition is null)
            return new(timeZone, null, null);
        using var document = JsonDocument.Parse(condition);
        return new(timeZone, condition, Definition.Parse(document.RootElement, timeZone).Definition);
    }

    private static StandingVersion? Version(NpgsqlDataReader reader, int first) => reader.IsDBNull(first)
        ? null
        : new(reader.GetInt64(first), Text(reader.GetString(first + 1), reader.IsDBNull(first + 2) ? null : reader.GetString(first + 2)));
}
