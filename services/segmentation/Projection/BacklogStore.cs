using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>How far the work behind the matcher is behind, on whichever replicas it is done.</summary>
internal sealed class BacklogStore(NpgsqlDataSource database)
{
    /// <summary>
    /// Facts that are yet to be projected, or transitions that are yet to be published, whichever are more. 0 while the
    /// database does not answer: then nothing can be appended either.
    /// </summary>
    public async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select greatest(
                (select last_value from public.mt_events_sequence) - (select min(position) from segmentation.checkpoints where name = 'projector'),
                (select position from segmentation.ledger_end) - (select min(position) from segmentation.checkpoints where name = 'relay'))
            """);
        try
        {
            return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (Exception exception) when (DatabaseFaults.IsOfDatabase(exception))
        {
            return 0;
        }
    }
}
