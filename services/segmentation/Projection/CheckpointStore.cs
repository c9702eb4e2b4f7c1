using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>How far each follower has come.</summary>
internal static class CheckpointStore
{
    public static async Task<long> ReadAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select position from segmentation.checkpoints where name = $1", connection);
        command.Parameters.Add(new() { Value = name });
        return (long)(await command.ExecuteScalarAsync(cancellationToken)
            ?? throw new InvalidDataException($"The checkpoint {name} is missing from segmentation.checkpoints."));
    }

    /// <summary>Moves a checkpoint forward, never back: whoever lost its place may still be finishing a batch.</summary>
    public static async Task RaiseAsync(NpgsqlConnection connection, string name, long position, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update segmentation.checkpoints set position = $2 where name = $1 and position < $2", connection);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = position });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
