namespace EventSegmentation.Segmentation.Schema;

/// <summary>Starts a command anew that lost a race: it then sees what the rival did, and answers accordingly.</summary>
internal static class Races
{
    /// <summary>The most tries of one command.</summary>
    public const int MaxTries = 10;

    /// <summary>Runs a command that is one transaction. Throws <see cref="BusyException"/> if it loses <see cref="MaxTries"/> races.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> command)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await command();
            }
            catch (Exception exception) when (DatabaseFaults.IsRace(exception))
            {
                // The rival has committed, so there is nothing to wait for.
                if (attempt == MaxTries)
                    throw new BusyException(exception);
            }
        }
    }
}

/// <summary>Others change the same at this moment, again and again; the caller may try later.</summary>
internal sealed class BusyException(Exception lastRace) : Exception("others change the same contacts at this moment", lastRace);
