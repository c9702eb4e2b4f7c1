using System.Data;
using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>The advisory lock numbers that this service takes in its database, in one place so that none is used twice.</summary>
internal static class AdvisoryLocks
{
    /// <summary>Held while the schema is brought forward.</summary>
    public const long Migration = 0x5E65_0001;

    /// <summary>
    /// The first of the two numbers of a partition's lock, which is held, on the connection that commits, by the replica that
    /// owns the partition. Locks of two numbers and of one never meet.
    /// </summary>
    public const int Partitions = 0x5E65_0002;

    /// <summary>Held while the switch of an event type is turned.</summary>
    public const long TypeSwitch = 0x5E65_0003;

    /// <summary>Held together by those who make contacts, and alone by who links an alias that could be the id of one of them.</summary>
    public const long ContactIds = 0x5E65_0004;

    /// <summary>The first of the two numbers of a lock by which a replica says that it lives; the second is its own.</summary>
    public const int Replicas = 0x5E65_0005;

    /// <summary>Held while additional fields of contacts are registered.</summary>
    public const long ContactFields = 0x5E65_0006;

    /// <summary>
    /// Held together by those who write what they evaluated, in <c>segmentation.hold_plan</c>, and alone by who starts or swaps builds.
    /// </summary>
    public const long Plan = 0x5E65_0007;

    /// <summary>Held by the one replica that deletes what the event history no longer keeps.</summary>
    public const long Retention = 0x5E65_0010;

    /// <summary>The upper half of the locks of <see cref="ListUpload"/>; those above are below 2^32, so none is the same.</summary>
    public const long ListUploads = 0x5E65_0011;

    /// <summary>Held, for as long as it runs, by the one upload of a segment's list.</summary>
    /// <param name="segment">Its id, which is below 2^32.</param>
    public static long ListUpload(long segment) => (ListUploads << 32) | segment;

    /// <summary>Takes a lock for the life of the connection's session; false if another session has it.</summary>
    public static async Task<bool> TryHoldAsync(NpgsqlConnection connection, long name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
        command.Parameters.Add(new() { Value = name });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The same of a lock of two numbers.</summary>
    public static async Task<bool> TryHoldAsync(NpgsqlConnection connection, int name, int number, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1, $2)", connection);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = number });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Gives back a lock of two numbers that the connection's session holds.</summary>
    public static async Task ReleaseAsync(NpgsqlConnection connection, int name, int number, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_advisory_unlock($1, $2)", connection);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = number });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Gives back a lock that the connection's session holds: a connection that goes back to its pool keeps its session.</summary>
    public static async Task ReleaseAsync(NpgsqlConnection connection, long name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_advisory_unlock($1)", connection);
        command.Parameters.Add(new() { Value = name });
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception exception) when (DatabaseFaults.IsOfDatabase(exception) && connection.State != ConnectionState.Open)
        {
            // The session is gone, and the lock with it.
        }
    }

    /// <summary>Takes a lock until the end of the connection's transaction; false if another session has it.</summary>
    public static async Task<bool> TryHoldInTransactionAsync(NpgsqlConnection connection, long name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_xact_lock($1)", connection);
        command.Parameters.Add(new() { Value = name });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
