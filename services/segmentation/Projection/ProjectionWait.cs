using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// Lets a command wait until what follows from its facts can be read. The facts are committed already: giving up loses
/// nothing, the answer only shows less.
/// </summary>
internal sealed class ProjectionWait(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>The longest that a command waits for the projection.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// True once everything up to a sequence is projected; false if it was not within <see cref="Limit"/>, for example
    /// because no replica projects some partition at the moment.
    /// </summary>
    public async Task<bool> ReachedAsync(long sequence, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (await PositionAsync(cancellationToken) < sequence)
        {
            if (time.GetElapsedTime(started) >= Limit)
                return false;
            await Task.Delay(Interval, time, cancellationToken);
        }

        return true;
    }

    // A connection for each look: one that is held while nothing happens is missing elsewhere.
    private async Task<long> PositionAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await CheckpointStore.FirstAsync(connection, CheckpointStore.Projector, cancellationToken);
    }
}
