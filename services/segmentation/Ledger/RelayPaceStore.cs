using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// Tells the clock whether the relay comes along. At a midnight far more timers are due than the relay can publish in a moment, and
/// what events cause stands behind them in the ledger: so the clock lets the relay catch up. It waits only for a relay that
/// moves: while the broker is away, memberships change all the same. Not safe for concurrent use.
/// </summary>
internal sealed class RelayPaceStore(TimeProvider time)
{
    /// <summary>The most of the ledger that waits for the relay before the clock waits for it.</summary>
    public const long MaxWaiting = 4_000;

    /// <summary>A relay that has published nothing for so long does not move.</summary>
    public static readonly TimeSpan MaxStill = TimeSpan.FromSeconds(1);

    /// <summary>How long a clock that waits rests between two looks.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private long? _position;
    private DateTimeOffset _moved = DateTimeOffset.MinValue;

    /// <summary>True if the relay of one of the partitions is far behind, but has moved since the last look or shortly before.</summary>
    public async Task<bool> IsBehindAsync(NpgsqlConnection connection, IReadOnlyList<short> partitions, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select c.position, e.position from segmentation.ledger_end e,
                (select min(position) as position from segmentation.checkpoints where name = $1 and partition = any($2)) c
            """, connection);
        command.Parameters.Add(new() { Value = CheckpointStore.Relay });
        command.Parameters.Add(PartitionParameter.Of(partitions));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (published, end) = (reader.GetInt64(0), reader.GetInt64(1));
        var now = time.GetUtcNow();
        if (_position is { } before && published != before)
            _moved = now;
        _position = published;
        return end - published > MaxWaiting && now - _moved < MaxStill;
    }
}
