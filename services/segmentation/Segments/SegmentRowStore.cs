using System.Text.Json;
using EventSegmentation.Evaluation;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment as it is stored, for who changes it.</summary>
/// <param name="Last">The version that served last, or was written last if none did; of an archived segment only.</param>
internal sealed record StoredSegment(
    long Id, string Name, string Purpose, IReadOnlyList<string> Tags, bool IsStatic, long Revision, bool IsArchived, SegmentStanding Standing, StandingVersion? Last);

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
    public static async Task<StoredSegment?> FindAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select s.id, s.name, s.purpose, s.tags, s.is_static, s.revision, s.archived is not null,
                   serving.id, serving.time_zone, serving.condition, draft.id, draft.time_zone, draft.condition, last.id, last.time_zone, last.condition
            from segmentation.segments s
            left join segmentation.standing_versions serving on serving.segment_id = s.id
            left join lateral (
                select * from segmentation.segment_versions where segment_id = s.id and state = 'draft' order by version desc limit 1
            ) draft on true
            left join lateral (
                select * from segmentation.segment_versions where segment_id = s.id order by live_since is not null desc, version desc limit 1
            ) last on s.archived is not null
            where s.key = $1
            """, connection);
        command.Parameters.Add(new() { Value = key });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<string[]>(3), reader.GetBoolean(4), reader.GetInt64(5),
                reader.GetBoolean(6), new(Version(reader, 7), Version(reader, 10)), Version(reader, 13))
            : null;
    }

    /// <summary>The revision of a segment that there is.</summary>
    public static async Task<long> RevisionAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select revision from segmentation.segments where key = $1", connection);
        command.Parameters.Add(new() { Value = key });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Adds a segment without versions; returns its id.</summary>
    public static async Task<long> AddAsync(NpgsqlConnection connection, WrittenSegment segment, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into segmentation.segments (key, name, purpose, tags, is_static, created, created_by, changed, changed_by)
            values ($1, $2, $3, $4, $5, $6, $7, $6, $7) returning id
            """, connection);
        command.Parameters.Add(new() { Value = segment.Key });
        command.Parameters.Add(new() { Value = segment.Name });
        command.Parameters.Add(new() { Value = segment.Purpose });
        command.Parameters.Add(new() { Value = segment.Tags.ToArray() });
        command.Parameters.Add(new() { Value = segment.IsStatic });
        command.Parameters.Add(new() { Value = mark.At });
        command.Parameters.Add(new() { Value = mark.By });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Names and describes a segment anew; it is archived no more.</summary>
    public static async Task DescribeAsync(NpgsqlConnection connection, long id, WrittenSegment segment, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update segmentation.segments set name = $4, purpose = $5, tags = $6, archived = null, revision = revision + 1, changed = $2, changed_by = $3 where id = $1
            """, connection);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = mark.At });
        command.Parameters.Add(new() { Value = mark.By });
        command.Parameters.Add(new() { Value = segment.Name });
        command.Parameters.Add(new() { Value = segment.Purpose });
        command.Parameters.Add(new() { Value = segment.Tags.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Notes that something else of a segment has changed.</summary>
    public static async Task TouchAsync(NpgsqlConnection connection, long id, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update segmentation.segments set revision = revision + 1, changed = $2, changed_by = $3 where id = $1", connection);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = mark.At });
        command.Parameters.Add(new() { Value = mark.By });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds the next version of a segment, as the draft or as one that waits for its build; returns its id.</summary>
    public static async Task<long> AddVersionAsync(
        NpgsqlConnection connection, long segment, VersionText text, bool isDraft, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into segmentation.segment_versions (segment_id, version, condition, time_zone, created, created_by, state)
            select $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4, $5, $6 from segmentation.segment_versions where segment_id = $1
            returning id
            """, connection);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = (object?)text.Condition ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = text.TimeZone });
        command.Parameters.Add(new() { Value = mark.At });
        command.Parameters.Add(new() { Value = mark.By });
        command.Parameters.Add(new() { Value = isDraft ? "draft" : "waiting" });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// The version by which a draft comes to serve: itself if nothing newer was written, otherwise the next one with its text,
    /// so that the versions of a segment serve in the order of their numbers.
    /// </summary>
    public static async Task<long> PublishedAsync(NpgsqlConnection connection, long segment, StandingVersion draft, ChangeMark mark, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select max(version) filter (where id = $2) = max(version) from segmentation.segment_versions where segment_id = $1
            """, connection);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = draft.Id });
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            return draft.Id;
        await EndDraftAsync(connection, segment, cancellationToken);
        return await AddVersionAsync(connection, segment, draft.Text, isDraft: false, mark, cancellationToken);
    }

    /// <summary>Ends the draft of a segment, if it has one.</summary>
    public static async Task EndDraftAsync(NpgsqlConnection connection, long segment, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update segmentation.segment_versions set state = 'cancelled' where segment_id = $1 and state = 'draft'", connection);
        command.Parameters.Add(new() { Value = segment });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

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
