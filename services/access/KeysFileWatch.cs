using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSegmentation.Access;

/// <summary>
/// Looks at the file of keys again and again. It compares the content and waits for no notice of the file system: mounted secrets change
/// behind a link, and give none.
/// </summary>
public sealed partial class KeysFileWatch(KeysFile file, TimeProvider time, ILogger<KeysFileWatch> logger) : BackgroundService
{
    /// <summary>Between two looks, and so the longest that a revoked key goes on to be good.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!file.Exists)
            return;
        string? said = null;
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            switch (file.Take())
            {
                case KeysChange.Taken(var count):
                    LogTaken(count);
                    said = null;
                    break;
                case KeysChange.Fault(var reason) when reason != said:
                    LogFault(reason);
                    said = reason;
                    break;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The file of keys has changed: {Count} keys are good from now on")]
    private partial void LogTaken(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The file of keys cannot be used, and the keys before stay: {Reason}")]
    private partial void LogFault(string reason);
}
