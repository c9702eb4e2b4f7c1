using System.Text.Json;
using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>Tells what a repetition mends from what it would only meet again.</summary>
internal static class DatabaseFaults
{
    /// <summary>
    /// The data itself cannot be stored or read: waiting does not help, and it must be set aside. Everything else is
    /// waited for, a missing table or a lost grant too: whoever restores it must find nothing thrown away.
    /// </summary>
    public static bool IsData(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => state.StartsWith("22", StringComparison.Ordinal)
            || state is PostgresErrorCodes.CheckViolation or PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.ProgramLimitExceeded,
        NpgsqlException => false,
        JsonException or FormatException or ArgumentException or InvalidDataException or InvalidCastException => true,
        _ => false,
    };

    /// <summary>A rival committed first: the same work, started anew, sees what the rival did.</summary>
    public static bool IsRace(Exception exception) => exception is MatchRaceException or PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.ForeignKeyViolation,
    };

    /// <summary>The database is not to be had at this moment: the same call may go through later.</summary>
    public static bool IsAway(Exception? exception) => exception is NpgsqlException { IsTransient: true } || IsBroken(exception);

    /// <summary>Whatever the database or the way to it says.</summary>
    public static bool IsOfDatabase(Exception? exception) => exception is NpgsqlException || IsBroken(exception);

    // A connection that breaks while a command takes it says so by the disposal of what it waits for commands to be cancelled
    // with, and not by an exception of the client's own.
    private static bool IsBroken(Exception? exception) => exception is ObjectDisposedException { ObjectName: "System.Threading.ManualResetEventSlim" };

    /// <summary>The database is away, starting or stopping, or somebody else was quicker: nothing to be alarmed at.</summary>
    public static bool IsExpected(Exception exception) => IsRace(exception) || IsAway(exception) || exception is NpgsqlException and not PostgresException
        || exception is PostgresException { SqlState: var state } && (state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal));
}
