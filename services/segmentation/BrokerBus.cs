using System.Net.Security;
using System.Security.Authentication;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.History;
using EventSegmentation.Segmentation.Telemetry;
using MassTransit;

namespace EventSegmentation.Segmentation;

/// <summary>
/// The MassTransit bus of this process: consumes batches of events, imports and refusals. After an outage of the
/// broker a bus does not always come back, because its client can hang while it gives the dead connection up. So a bus
/// that stays apart from a broker that answers others is abandoned, and a new one takes its place.
/// </summary>
internal sealed partial class BrokerBus : BackgroundService
{
    /// <summary>How long a bus may be apart while the broker answers, before it is abandoned.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait for a bus to stop.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IServiceProvider _services;
    private readonly SegmentationOptions _options;
    private readonly QueueWatch _broker;
    private readonly TimeProvider _time;
    private readonly ILogger<BrokerBus> _logger;
    private volatile Generation _current;

    public BrokerBus(IServiceProvider services, SegmentationOptions options, QueueWatch broker, TimeProvider time, ILogger<BrokerBus> logger)
    {
        (_services, _options, _broker, _time, _logger) = (services, options, broker, time, logger);
        _current = Create();
    }

    private sealed record Generation(ServiceProvider Services, IBusControl Bus);

    /// <summary>True while the present bus consumes.</summary>
    public bool IsConnected => _current.Bus.CheckHealth().Status == BusHealthStatus.Healthy;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await EndAsync(_current);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var generation = _current;

            // Comes to an end only once it is connected; nobody needs to wait for that.
            _ = generation.Bus.StartAsync(stoppingToken);
            await StaysApartAsync(stoppingToken);
            LogAbandoned();
            _current = Create();
            _ = EndAsync(generation);
        }
    }

    private async Task StaysApartAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        var apartSince = _time.GetTimestamp();
        while (_time.GetElapsedTime(apartSince) < Patience)
        {
            await timer.WaitForNextTickAsync(stoppingToken);
            if (!_broker.Answers || IsConnected)
                apartSince = _time.GetTimestamp();
        }
    }

    // What an abandoned bus has in hand is delivered again to the next one.
    private static async Task EndAsync(Generation generation)
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await generation.Bus.StopAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await generation.Services.DisposeAsync().AsTask().WaitAsync(StopLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Generation Create()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_services.GetRequiredService<ILoggerFactory>()).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(_services.GetRequiredService<AppendQueue>()).AddSingleton(_services.GetRequiredService<ImportQueue>());
        services.AddSingleton(_services.GetRequiredService<StartUp>()).AddSingleton(_services.GetRequiredService<RefusedEventStore>());
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<EventsConsumer>();
            bus.AddConsumer<ImportsConsumer>();
            bus.AddConsumer<RefusalsConsumer>();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(new Uri(_options.Broker), "event-segmentation-segmentation", host => Secure(host, _options));
                rabbit.ConfigureJsonSerializerOptions(json =>
                {
                    json.WriteIndented = false;
                    return json;
                });
                rabbit.ReceiveEndpoint(BrokerNames.NormalizedQueue, endpoint =>
                {
                    endpoint.SetQuorumQueue();
                    endpoint.PrefetchCount = AppendLane.Live.MaxWaiting;
                    endpoint.ConcurrentMessageLimit = AppendLane.Live.MaxWaiting;
                    endpoint.ConfigureConsumer<EventsConsumer>(context);
                });
                rabbit.ReceiveEndpoint(BrokerNames.ImportsQueue, endpoint =>
                {
                    endpoint.SetQuorumQueue();
                    endpoint.PrefetchCount = ImportQueue.Prefetch;
                    endpoint.ConcurrentMessageLimit = 1;
                    endpoint.ConfigureConsumer<ImportsConsumer>(context);
                });
                rabbit.ReceiveEndpoint(BrokerNames.RefusalsQueue, endpoint =>
                {
                    endpoint.SetQuorumQueue();
                    endpoint.SetQueueArgument("x-max-length", BrokerNames.MaxRefusals);
                    endpoint.PrefetchCount = RefusalsConsumer.Prefetch;
                    endpoint.ConcurrentMessageLimit = 1;
                    endpoint.ConfigureConsumer<RefusalsConsumer>(context);
                });
            });
        });
        var provider = services.BuildServiceProvider();
        return new(provider, provider.GetRequiredService<IBusControl>());
    }

    // The broker's certificate must be trusted, and be for its name.
    private static void Secure(IRabbitMqHostConfigurator host, SegmentationOptions options)
    {
        var address = new Uri(options.Broker);
        if (address.Scheme != "amqps")
            return;
        host.UseSsl(tls =>
        {
            tls.ServerName = address.Host;
            tls.Protocol = SslProtocols.None; // the system's choice
            tls.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable);
        });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bus stays apart from a broker that answers; a new one takes its place")]
    private partial void LogAbandoned();
}
