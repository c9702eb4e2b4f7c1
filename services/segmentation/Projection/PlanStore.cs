using System.Text.Json;
using EventSegmentation.Evaluation;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>Reads what is to be evaluated.</summary>
internal static class PlanStore
{
    // One version is built at a time, the oldest first: a segment that refers to another one is built when that one is live.
    /// <summary>The present plan; <paramref name="known"/> itself if it still is the present one.</summary>
    public static async Task<ActivePlan> LoadAsync(NpgsqlConnection connection, ActivePlan? known, CancellationToken cancellationToken)
    {
        // One statement, one snapshot: the version and what it stands for belong together.
        await using var command = new NpgsqlCommand("""
            select p.version, v.id, s.id, s.key, v.version, v.state = 'live', v.time_zone, v.condition
            from segmentation.plan p
            left join segmentation.segment_versions v on p.version <> $1 and (v.state = 'live' or v.id = (
                select min(id) from segmentation.segment_versions where state = 'building'))
            left join segmentation.segments s on s.id = v.segment_id
            """, connection);
        command.Parameters.Add(new() { Value = known?.Version ?? 0 });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        var version = 0L;
        var planned = new List<PlannedSegment>();
        var versions = new Dictionary<long, ActiveVersion>();
        while (await reader.ReadAsync(cancellationToken))
        {
            version = reader.GetInt64(0);
            if (version == known?.Version)
                return known;
            if (reader.IsDBNull(1))
                continue;
            var id = reader.GetInt64(1);
            versions[id] = new(id, reader.GetInt64(2), reader.GetString(3), reader.GetInt32(4), reader.GetBoolean(5));
            var definition = Parse(reader.GetString(3), reader.GetString(7), reader.GetString(6));
            planned.Add(new(id, id, definition, reader.GetBoolean(5) ? reader.GetString(3) : null));
        }

        return new(version, Plan.Compile(planned), versions);
    }

    private static Definition Parse(string key, string condition, string timeZone)
    {
        using var document = JsonDocument.Parse(condition);
        var parsed = Definition.Parse(document.RootElement, timeZone);
        return parsed.Definition ?? throw new InvalidDataException(
            $"The stored condition of segment {key} is not understood: {string.Join("; ", parsed.Errors.Select(error => error.Detail))}");
    }
}
