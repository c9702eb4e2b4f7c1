using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>How far each follower has come, in each partition.</summary>
internal static class CheckpointStore
{
    /// <summary>The name of those over the streams.</summary>
    public const string Projector = "projector";

    /// <summary>The name of those over the ledger.</summary>
    public const string Relay = "relay";

    /// <summary>Where partitions stand; there must be one at least.</summary>
    public static async Task<Positions> ReadAsync(NpgsqlConnection connection, string name, IReadOnlyList<short> partitions, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { ReadCommand(name, partitions) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, name, partitions, cancellationToken);
    }

    /// <summary>What <see cref="ReadAsync(NpgsqlConnection, string, IReadOnlyList{short}, CancellationToken)"/> does, for a round trip that does more.</summary>
    public static NpgsqlBatchCommand ReadCommand(string name, IReadOnlyList<short> partitions) =>
        new("select partition, position from segmentation.checkpoints where name = $1 and partition = any($2)")
        {
            Parameters = { new() { Value = name }, PartitionParameter.Of(partitions) },
        };

    /// <summary>Takes the rows of <see cref="ReadCommand"/>.</summary>
    public static async Task<Positions> ReadAsync(NpgsqlDataReader reader, string name, IReadOnlyList<short> partitions, CancellationToken cancellationToken)
    {
        var positions = new Dictionary<short, long>();
        while (await reader.ReadAsync(cancellationToken))
            positions.Add(reader.GetInt16(0), reader.GetInt64(1));
        return positions.Count == partitions.Count
            ? new(positions)
            : throw new InvalidDataException($"Of the checkpoints {name} some are missing from segmentation.checkpoints.");
    }

    /// <summary>Up to where all partitions have come.</summary>
    public static async Task<long> FirstAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select min(position) from segmentation.checkpoints where name = $1", connection);
        command.Parameters.Add(new() { Value = name });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Moves partitions that stand at one position; fails if somebody else has moved one.</summary>
    public static NpgsqlBatchCommand MoveCommand(string name, IEnumerable<short> partitions, long from, long to) =>
        new("select segmentation.move_checkpoints($1, $2, $3, $4)")
        {
            Parameters = { new() { Value = name }, PartitionParameter.Of(partitions), new() { Value = from }, new() { Value = to } },
        };

    /// <summary>Moves partitions forward, never back: whoever lost its place may still be finishing a batch.</summary>
    public static NpgsqlBatchCommand RaiseCommand(string name, IReadOnlyList<short> partitions, long position) =>
        new("update segmentation.checkpoints set position = $3 where name = $1 and partition = any($2) and position < $3")
        {
            Parameters = { new() { Value = name }, PartitionParameter.Of(partitions), new() { Value = position } },
        };
}
