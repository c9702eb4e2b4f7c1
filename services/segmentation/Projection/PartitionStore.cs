using System.Security.Cryptography;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// The partitions that this replica owns: those of which its session holds the lock. Who loses its session loses them, and with it
/// the means to commit. Another lock says that the replica lives, so that each counts the others and takes its share and
/// no more. Not safe for concurrent use.
/// </summary>
internal sealed class PartitionStore
{
    /// <summary>How often a replica looks how many there are, and what is free.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly NpgsqlConnection _connection;
    private readonly TimeProvider _time;
    private readonly List<short> _owned = [];
    private long _looked;

    private PartitionStore(NpgsqlConnection connection, TimeProvider time) => (_connection, _time) = (connection, time);

    /// <summary>What is owned now, in order.</summary>
    public IReadOnlyList<short> Owned { get; private set; } = [];

    /// <summary>Says on a session that a replica lives, and takes what is free of its share.</summary>
    public static async Task<PartitionStore> EnterAsync(NpgsqlConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        var partitions = new PartitionStore(connection, time);
        while (!await AdvisoryLocks.TryHoldAsync(connection, AdvisoryLocks.Replicas, RandomNumberGenerator.GetInt32(int.MaxValue), cancellationToken))
        {
            // Somebody else has the same number by chance.
        }

        await partitions.LookAsync(cancellationToken);
        return partitions;
    }

    /// <summary>
    /// Gives back what is more than the share and takes what is free of it, once in each <see cref="Interval"/>; true if
    /// <see cref="Owned"/> has changed. To be called when nothing of the partitions is under way.
    /// </summary>
    public async Task<bool> HasChangedAsync(CancellationToken cancellationToken) =>
        _time.GetElapsedTime(_looked) >= Interval && await LookAsync(cancellationToken);

    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        _looked = _time.GetTimestamp();
        var share = Partition.Share(await ReplicasAsync(cancellationToken));
        if (_owned.Count == share)
            return false;
        while (_owned.Count > share)
        {
            await AdvisoryLocks.ReleaseAsync(_connection, AdvisoryLocks.Partitions, _owned[^1], cancellationToken);
            _owned.RemoveAt(_owned.Count - 1);
        }

        foreach (var partition in Partition.All.Where(partition => _owned.Count < share && !_owned.Contains(partition)).ToList())
        {
            if (_owned.Count < share && await AdvisoryLocks.TryHoldAsync(_connection, AdvisoryLocks.Partitions, partition, cancellationToken))
                _owned.Add(partition);
        }

        _owned.Sort();
        if (Owned.SequenceEqual(_owned))
            return false;
        Owned = [.. _owned];
        return true;
    }

    private async Task<int> ReplicasAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select count(*)::integer from pg_locks
            where locktype = 'advisory' and classid = {AdvisoryLocks.Replicas}::oid and objsubid = 2 and granted
              and database = (select oid from pg_database where datname = current_database())
            """, _connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
