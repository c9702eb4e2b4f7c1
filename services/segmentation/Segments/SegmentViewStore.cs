using EventSegmentation.Evaluation;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment as it is shown, with the definition behind what is shown.</summary>
/// <param name="Definition">Null if the stored condition is not understood any more.</param>
internal sealed record FoundSegment(SegmentView View, Definition? Definition);

/// <summary>Reads segments and their versions for people.</summary>
internal sealed class SegmentViewStore(NpgsqlDataSource database)
{
    /// <summary>What a segment may be.</summary>
    public static readonly IReadOnlyList<string> States = ["draft", "building", "live", "suspended", "archived"];

    private const string Select = """
        select s.key, s.is_static, s.name, s.purpose, s.tags, shown.time_zone, shown.condition, standing.state, shown.version, s.revision, live.group_key,
               (select count(*) from segmentation.memberships m where m.edition_id = live.id),
               s.created, s.created_by, s.changed, s.changed_by,
               draft.version, draft.time_zone, draft.condition, draft.created, draft.created_by,
               pending.id, pending.version, pending.state, pending.built, pending.to_build, pending.requested, pending.requested_by, pending.silent,
               live.suspended, live.suspended_reason
        from segmentation.segments s
        left join segmentation.editions live on live.segment_id = s.id and live.state in ('live', 'retiring')
        left join lateral (
            select b.*, c.version_id, v.version from segmentation.builds b
            join segmentation.build_segments c on c.build_id = b.id
            left join segmentation.segment_versions v on v.id = c.version_id
            where c.segment_id = s.id and b.state in ('waiting', 'running')
            limit 1
        ) pending on true
        left join lateral (
            select * from segmentation.segment_versions where segment_id = s.id and state = 'draft' order by version desc limit 1
        ) draft on true
        join lateral (
            select * from segmentation.segment_versions v where v.segment_id = s.id
            order by v.id is not distinct from live.version_id desc, v.id is not distinct from pending.version_id desc,
                     (v.state = 'draft') desc, (v.live_since is not null) desc, v.version desc
            limit 1
        ) shown on true
        cross join lateral (
            select case when s.archived is not null then 'archived' when live.suspended is not null then 'suspended' when live.id is not null then 'live' when pending.version_id is not null then 'building' else 'draft' end
        ) as standing (state)
        """;

    /// <summary>
    /// Segments after a key, in the order of keys, of one state, or all but archived ones, that have the tag and whose key,
    /// name or purpose has the text.
    /// </summary>
    public async Task<List<SegmentView>> ListAsync(string after, string? tag, string? text, string? state, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            {Select}
            where s.key > $1 and ($2::text is null or $2 = any(s.tags))
              and ($3::text is null or position(lower($3) in lower(s.key || ' ' || s.name || ' ' || s.purpose)) > 0)
              and coalesce(standing.state = $4::text, s.archived is null)
            order by s.key limit $5
            """);
        command.Parameters.Add(new() { Value = after });
        foreach (var filter in new[] { tag, text, state })
            command.Parameters.Add(new() { Value = (object?)filter ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = limit });
        return [.. (await ReadAsync(command, cancellationToken)).Select(segment => segment.View)];
    }

    /// <summary>One segment, archived or not; null if there never was one.</summary>
    public async Task<FoundSegment?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where s.key = $1");
        command.Parameters.Add(new() { Value = key });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The versions of a segment before one, newest first, each with what it changed; null if there is no such segment.</summary>
    public async Task<List<VersionView>?> VersionsAsync(string key, long before, int limit, CancellationToken cancellationToken)
    {
        // One more than is shown, which the oldest is compared with; a segment has at least one version.
        await using var command = database.CreateCommand("""
            select v.version, v.state, v.condition, v.time_zone, v.created, v.created_by, v.live_since, v.live_until
            from segmentation.segments s
            left join segmentation.segment_versions v on v.segment_id = s.id and v.version < $2
            where s.key = $1 order by v.version desc limit $3
            """);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!reader.HasRows)
            return null;
        var versions = new List<(VersionView View, VersionText Text)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.IsDBNull(0))
                continue;
            var (condition, timeZone) = (Optional<string>(reader, 2), reader.GetString(3));
            var shown = ShownText.Of(key, condition, timeZone);
            versions.Add((
                new(
                    reader.GetInt32(0), reader.GetString(1), shown.Condition, timeZone, shown.Sentence, reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(5),
                    Instant(reader, 6), Instant(reader, 7), []),
                new(timeZone, condition, condition is null ? null : shown.Definition)));
        }

        return [.. versions.Take(limit).Select((version, place) => place + 1 == versions.Count
            ? version.View
            : version.View with { Differences = versions[place + 1].Text.DifferencesTo(version.Text) })];
    }

    private static async Task<List<FoundSegment>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var segments = new List<FoundSegment>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (key, timeZone) = (reader.GetString(0), reader.GetString(5));
            var shown = ShownText.Of(key, Optional<string>(reader, 6), timeZone);
            var view = new SegmentView(
                key, reader.GetBoolean(1) ? SegmentReader.Static : SegmentReader.Dynamic, reader.GetString(2), reader.GetString(3), reader.GetFieldValue<string[]>(4),
                timeZone, shown.Condition, reader.GetString(7), reader.GetInt32(8), reader.GetInt64(9), Optional<string>(reader, 10), reader.GetInt64(11),
                shown.Sentence, shown.Warnings, reader.GetFieldValue<DateTimeOffset>(12), reader.GetString(13), reader.GetFieldValue<DateTimeOffset>(14),
                reader.GetString(15), Draft(reader, key), Build(reader),
                reader.IsDBNull(29) ? null : new(reader.GetFieldValue<DateTimeOffset>(29), reader.GetString(30)));
            segments.Add(new(view, shown.Definition));
        }

        return segments;
    }

    private static DraftView? Draft(NpgsqlDataReader reader, string key)
    {
        if (reader.IsDBNull(16))
            return null;
        var shown = ShownText.Of(key, Optional<string>(reader, 18), reader.GetString(17));
        return new(
            reader.GetInt32(16), reader.GetString(17), shown.Condition, shown.Sentence, shown.Warnings, reader.GetFieldValue<DateTimeOffset>(19), reader.GetString(20));
    }

    private static SegmentBuildView? Build(NpgsqlDataReader reader) => reader.IsDBNull(21)
        ? null
        : new(
            reader.GetInt64(21), reader.IsDBNull(22) ? null : reader.GetInt32(22), reader.GetString(23), reader.GetInt64(24), reader.GetInt64(25),
            reader.GetFieldValue<DateTimeOffset>(26), reader.GetString(27), reader.GetBoolean(28));

    private static T? Optional<T>(NpgsqlDataReader reader, int column)
        where T : class => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
