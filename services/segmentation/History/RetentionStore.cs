using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.Segmentation.History;

/// <summary>Deletes what the event history no longer keeps.</summary>
internal sealed class RetentionStore(NpgsqlDataSource database)
{
    /// <summary>The most rows of each kind that one transaction deletes, so that none is long.</summary>
    public const int MaxBatch = 1_000;

    /// <summary>
    /// Deletes a bounded number of unassigned and refused events that were received before an instant, and of refused
    /// ones beyond the newest <paramref name="maxRefused"/>. Returns how many; 0 also while another replica does it.
    /// </summary>
    public async Task<int> DeleteAsync(DateTimeOffset before, long maxRefused, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // One replica at a time: two would only wait for each other's rows.
        if (!await AdvisoryLocks.TryHoldInTransactionAsync(connection, AdvisoryLocks.Retention, cancellationToken))
            return 0;
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    delete from segmentation.unassigned_events where id = any(array(
                        select id from segmentation.unassigned_events where received_at < $1 order by received_at limit $2))
                    """)
                {
                    Parameters = { new() { Value = before }, new() { Value = MaxBatch } },
                },
                new("""
                    delete from segmentation.refused_events where seq = any(array(
                        select seq from segmentation.refused_events where received_at < $1 order by received_at limit $2))
                    """)
                {
                    Parameters = { new() { Value = before }, new() { Value = MaxBatch } },
                },

                // By number and not by count, so that it costs nothing while there is room: a number is never used twice.
                new("""
                    delete from segmentation.refused_events where seq = any(array(
                        select seq from segmentation.refused_events
                        where seq <= (select max(seq) from segmentation.refused_events) - $1 order by seq limit $2))
                    """)
                {
                    Parameters = { new() { Value = maxRefused }, new() { Value = MaxBatch } },
                },
            },
        };
        var deleted = await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return deleted;
    }
}
