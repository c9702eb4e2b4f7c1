namespace EventSegmentation.Segmentation.Schema;

/// <summary>Starts a command anew that lost a race: it then sees what the rival did, and answers accordingly.</summary>
internal static class Races
{
    /// <summary>The most tries of one command.</summary>
    public const int MaxTries = 10;

    /// <summary>Runs a command that is one transaction. Throws the last race if it loses <see cref="MaxTries"/> of them.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> command)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await command();
            }
            catch (Exception exception) when (attempt < MaxTries && DatabaseFaults.IsRace(exception))
            {
                // The rival has committed, so there is nothing to wait for.
            }
        }
    }
}
