using EventSegmentation.Segmentation.Schema;

namespace EventSegmentation.Segmentation;

/// <summary>Waits for the database and brings its schema forward before anything else works; says meanwhile what it waits for.</summary>
internal sealed partial class StartUp(Migrator migrator, TimeProvider time, ILogger<StartUp> logger) : BackgroundService
{
    /// <summary>How long it rests between two tries.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True once the schema is as this version needs it.</summary>
    public bool IsDone => _done.Task.IsCompletedSuccessfully;

    /// <summary>What is being waited for.</summary>
    public string WaitsFor { get; private set; } = "the database";

    /// <summary>Returns once <see cref="IsDone"/>.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await migrator.MigrateAsync(stoppingToken);
                _done.SetResult();
                LogDone();
                return;
            }
            catch (Exception exception) when (DatabaseFaults.IsOutage(exception) && !stoppingToken.IsCancellationRequested)
            {
                WaitsFor = $"the database: {exception.Message}";
                LogWaiting(exception.Message);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The schema is up to date")]
    private partial void LogDone();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for the database: {Reason}")]
    private partial void LogWaiting(string reason);
}
