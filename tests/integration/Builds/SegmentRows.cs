using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>Writes what a change of segments is about, as the calls do.</summary>
internal static class SegmentRows
{
    /// <summary>The id of a segment, which comes into being with it.</summary>
    public static async Task<long> SegmentAsync(NpgsqlConnection connection, string key, DateTimeOffset now, bool isStatic = false)
    {
        await using var command = new NpgsqlCommand("""
            insert into segmentation.segments (key, name, is_static, created, created_by, changed, changed_by) values ($1, $1, $3, $2, 'test', $2, 'test')
            on conflict (key) do update set changed = excluded.changed returning id
            """, connection);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = isStatic });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The next version of a segment, a draft.</summary>
    /// <param name="condition">Null for a static segment.</param>
    public static async Task<long> VersionAsync(NpgsqlConnection connection, string key, string? condition, DateTimeOffset now)
    {
        if (condition is not null)
            Definition.Parse(JsonElement.Parse(condition), null).Errors.Should().BeEmpty();
        await using var command = new NpgsqlCommand("""
            insert into segmentation.segment_versions (segment_id, version, condition, time_zone, created, created_by, state)
            select s.id, (select count(*) + 1 from segmentation.segment_versions v where v.segment_id = s.id), $2::jsonb, 'UTC', $3, 'test', 'draft'
            from segmentation.segments s where s.key = $1 returning id
            """, connection);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = (object?)condition ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = now });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The order of a group, by the keys of its segments.</summary>
    public static async Task<GroupChange> GroupAsync(NpgsqlConnection connection, string group, params string[] keys)
    {
        await using var command = new NpgsqlCommand(
            "select array(select s.id from unnest($1) with ordinality as wanted (key, place) join segmentation.segments s on s.key = wanted.key order by place)", connection);
        command.Parameters.Add(new() { Value = keys });
        return new(group, (long[])(await command.ExecuteScalarAsync())!);
    }
}
