using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>Tells the projection, on whichever replica it runs, that a commit brought something to do.</summary>
internal static class AppendSignal
{
    private const string Channel = "segmentation_appended";

    /// <summary>The statement by which a transaction signals when it commits.</summary>
    public const string NotifySql = $"notify {Channel}";

    /// <summary>Calls back at every signal until it is cancelled or the connection fails.</summary>
    public static async Task ListenAsync(NpgsqlConnection connection, Action signalled, CancellationToken cancellationToken)
    {
        connection.Notification += (_, _) => signalled();
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);
        while (true)
            await connection.WaitAsync(cancellationToken);
    }
}
