using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>
/// Lets time pass for contacts. That is right only for a contact of which nothing is recorded that the caller has not
/// seen, and for which nothing will be recorded at an earlier instant: the row's lock keeps writers out until the
/// commit, and its timestamp tells them how far time has gone, even if their clock is behind or jumps back.
/// </summary>
internal static class StreamHold
{
    /// <summary>
    /// Locks the streams that stand at the version given and moves their time to <paramref name="now"/>; returns their
    /// contacts. The others have news that must be taken in first.
    /// </summary>
    public static async Task<IReadOnlySet<long>> TakeAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<long, long> versions, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var streams = versions.Keys.Select(StreamId.Of).ToArray();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // In one order everywhere, so that two cannot wait for each other.
                new("select from public.mt_streams where id = any($1) order by id for no key update") { Parameters = { new() { Value = streams } } },
                new("""
                    update public.mt_streams s set timestamp = greatest(s.timestamp, $3)
                    from unnest($1, $2) as seen (id, version)
                    where s.id = seen.id and s.version = seen.version
                    returning s.id
                    """)
                {
                    Parameters = { new() { Value = streams }, new() { Value = versions.Values.ToArray() }, new() { Value = now } },
                },
            },
        };
        var held = new HashSet<long>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            held.Add(StreamId.Contact(reader.GetString(0)));
        return held;
    }
}
