using MassTransit;

namespace EventSegmentation.Segmentation.Telemetry;

/// <summary>
/// Starts the bus anew if it stays apart from a broker that answers others: after an outage it does not always come
/// back by itself.
/// </summary>
internal sealed partial class BusWatch(IBusControl bus, Metrics metrics, TimeProvider time, ILogger<BusWatch> logger) : BackgroundService
{
    /// <summary>How long the bus may be apart while the broker answers, before it is started anew.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The longest that stopping or starting may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var apartSince = time.GetUtcNow();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
            if (!metrics.IsBrokerThere || bus.CheckHealth().Status == BusHealthStatus.Healthy)
                apartSince = now;
            if (now - apartSince < Patience)
                continue;
            LogRestart();
            await TryAsync(bus.StopAsync, stoppingToken);
            await TryAsync(async cancellation => await bus.StartAsync(cancellation), stoppingToken);
            apartSince = time.GetUtcNow();
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(Limit);
        try
        {
            await step(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(exception.GetType().Name, exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bus stays apart from a broker that answers; it is started anew")]
    private partial void LogRestart();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Starting the bus anew met {Fault}: {Reason}")]
    private partial void LogFailed(string fault, string reason);
}
