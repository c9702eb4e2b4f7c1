using Npgsql;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>Why an edition cannot be evaluated.</summary>
/// <param name="Reason">A sentence without anything of a contact.</param>
/// <param name="Trace">Where it was thrown; null if nothing was.</param>
internal sealed record EditionFault(long Edition, string Reason, string? Trace);

/// <summary>A version that is evaluated no more.</summary>
/// <param name="Builds">How many builds failed by it; 0 if it serves, and is suspended.</param>
internal sealed record Suspended(string Key, int Version, int Builds, EditionFault Fault);

/// <summary>
/// Ends the evaluation of what cannot be evaluated: an edition that serves is suspended, and the builds of one that is being built fail.
/// </summary>
internal static class SuspensionStore
{
    private sealed record Faulty(string Key, int Version, bool IsBuilding, long[] Builds, EditionFault Fault);

    /// <summary>In the caller's transaction, which holds the plan alone.</summary>
    /// <returns>What was suspended by this; nothing if others were quicker, or the plan is locked.</returns>
    public static async Task<IReadOnlyList<Suspended>> SuspendAsync(
        NpgsqlConnection connection, IReadOnlyCollection<EditionFault> faults, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await BuildStore.TryTakePlanAsync(connection, cancellationToken))
            return [];
        var faulty = await FindAsync(connection, faults, cancellationToken);
        if (faulty.Count == 0)
            return [];
        await SetAsideAsync(connection, faulty, now, cancellationToken);
        var suspended = new List<Suspended>();
        foreach (var one in faulty)
        {
            var failed = 0;
            if (one.IsBuilding)
            {
                // The build that changes it; else it is made anew because of others, and nobody can say of which. With the first that fails nothing
                // runs any more: another that cannot be evaluated is found again when it does.
                var running = await BuildEndStore.RunningAsync(connection, cancellationToken);
                var builds = one.Builds.Length > 0 ? [.. one.Builds.Intersect(running)] : running;
                if (builds.Length > 0)
                    failed = await BuildEndStore.FailAsync(connection, builds, $"'{one.Key}', version {one.Version}: {one.Fault.Reason}", now, cancellationToken);
            }

            if (!one.IsBuilding || failed > 0)
                suspended.Add(new(one.Key, one.Version, failed, one.Fault));
        }

        return suspended;
    }

    // Those that are evaluated still, the ones that serve first: they are suspended before a build that fails looks at the world.
    private static async Task<List<Faulty>> FindAsync(NpgsqlConnection connection, IReadOnlyCollection<EditionFault> faults, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select e.id, s.key, v.version, e.state = 'building', array(
                select c.build_id from segmentation.build_segments c join segmentation.builds b on b.id = c.build_id
                where c.segment_id = e.segment_id and b.state = 'running')
            from segmentation.editions e
            join segmentation.segments s on s.id = e.segment_id
            join segmentation.segment_versions v on v.id = e.version_id
            where e.id = any($1) and (e.state = 'building' or (e.state in ('live', 'retiring') and e.suspended is null))
            order by e.state = 'building', e.id
            """, connection);
        command.Parameters.Add(new() { Value = faults.Select(fault => fault.Edition).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var byEdition = faults.ToDictionary(fault => fault.Edition);
        var faulty = new List<Faulty>();
        while (await reader.ReadAsync(cancellationToken))
            faulty.Add(new(reader.GetString(1), reader.GetInt32(2), reader.GetBoolean(3), reader.GetFieldValue<long[]>(4), byEdition[reader.GetInt64(0)]));
        return faulty;
    }

    private static async Task SetAsideAsync(NpgsqlConnection connection, List<Faulty> faulty, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var serving = faulty.Where(one => !one.IsBuilding).ToList();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    update segmentation.editions e set suspended = $3, suspended_reason = faulty.reason
                    from unnest($1, $2) as faulty (id, reason) where e.id = faulty.id
                    """)
                {
                    Parameters =
                    {
                        new() { Value = serving.Select(one => one.Fault.Edition).ToArray() },
                        new() { Value = serving.Select(one => one.Fault.Reason).ToArray() },
                        new() { Value = now },
                    },
                },
                new("update segmentation.plan set editions = editions + 1"),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
