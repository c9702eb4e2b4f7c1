using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>Tells faults that pass by themselves from those that a repetition would meet again.</summary>
internal static class DatabaseFaults
{
    /// <summary>The database is away, starting, stopping or full: wait for it.</summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        // Class 53: out of disk, memory or connections. Class 57: shut down or starting. Class 08: connection.
        PostgresException { SqlState: var state } => state.StartsWith("53", StringComparison.Ordinal)
            || state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal)
            || state is PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException { InnerException: TimeoutException or IOException or System.Net.Sockets.SocketException or null } => true,
        NpgsqlException npgsql => npgsql.IsTransient,
        TimeoutException or IOException or System.Net.Sockets.SocketException => true,
        _ => false,
    };

    /// <summary>A rival committed first: the same work, started anew, sees what the rival did.</summary>
    public static bool IsRace(Exception exception) => exception is Contacts.MatchRaceException or PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.QueryCanceled,
    };
}
