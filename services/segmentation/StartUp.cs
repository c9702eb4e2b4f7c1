using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Telemetry;
using Polly;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Segmentation;

/// <summary>
/// Waits for the database and brings its schema forward, and for the broker and declares the exchanges to which
/// subscribers bind, before anything else works; says meanwhile what it waits for.
/// </summary>
internal sealed partial class StartUp(Migrator migrator, SegmentationOptions options, Metrics metrics, TimeProvider time, ILogger<StartUp> logger) : BackgroundService
{
    /// <summary>The longest rest between two tries.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True once the schema is as this version needs it and the exchanges are there.</summary>
    public bool IsDone => _done.Task.IsCompletedSuccessfully;

    /// <summary>What is being waited for.</summary>
    public string WaitsFor { get; private set; } = "the database";

    /// <summary>Returns once <see cref="IsDone"/>.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await TryAsync("the database", migrator.MigrateAsync, exception => !DatabaseFaults.IsData(exception), stoppingToken);
        await TryAsync("the broker", DeclareAsync, exception => exception is BrokerUnreachableException or OperationInterruptedException or IOException, stoppingToken);
        _done.SetResult();
        LogDone();
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> step, Func<Exception, bool> passes, CancellationToken stoppingToken)
    {
        WaitsFor = what;
        var retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(OutageRetry.Of("start-up", passes, MaxPause, metrics, told: fault =>
            {
                WaitsFor = $"{what}: {fault.Message}";
                LogWaiting(what, fault.Message);
            }))
            .Build();
        await retry.ExecuteAsync(async cancellation => await step(cancellation), stoppingToken);
    }

    private async Task DeclareAsync(CancellationToken cancellationToken)
    {
        var connection = await BrokerConnection.OpenAsync(options, "segmentation start-up", cancellationToken);
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.ExchangeDeclareAsync(BrokerNames.TransitionsExchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellationToken);
            await TransitionEnvelope.DeclareAsync(channel, cancellationToken);
        }
        finally
        {
            await BrokerConnection.GiveUpAsync(connection);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The database and the broker are as this version needs them")]
    private partial void LogDone();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for {What}: {Reason}")]
    private partial void LogWaiting(string what, string reason);
}
