using System.Net.Security;
using System.Security.Authentication;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Submissions;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// The MassTransit bus of this process: it only publishes. After an outage of the broker a bus does not always come
/// back: its client can hang while it gives the dead connection up, or keep a channel that is open and of no use, because publishes
/// that were cancelled have left its count of confirms wrong. So a bus that stays apart from a broker that takes submissions, or that gets
/// no confirms from one that gives them to others, is abandoned, and a new one takes its place. Part of readiness.
/// </summary>
internal sealed partial class BrokerBus : BackgroundService, IHealthCheck
{
    /// <summary>How long a bus may be apart, or without a confirm, while submissions are taken, before it is abandoned.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long nobody asks again after the broker has confirmed nothing to others either, as when its memory is full.</summary>
    public static readonly TimeSpan ProbePause = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IServiceProvider _services;
    private readonly IngestionOptions _options;
    private readonly IntakeState _intake;
    private readonly TimeProvider _time;
    private readonly ILogger<BrokerBus> _log;
    private volatile Generation _current;

    public BrokerBus(IServiceProvider services, IngestionOptions options, IntakeState intake, TimeProvider time, ILogger<BrokerBus> log)
    {
        (_services, _options, _intake, _time, _log) = (services, options, intake, time, log);
        _current = Create();
    }

    /// <summary>Returns when the broker has confirmed a message.</summary>
    /// <param name="mandatory">True if a message for which there is no queue counts as not confirmed.</param>
    /// <exception cref="Exception">It did not, for whatever reason the transport has; it may have the message nevertheless.</exception>
    public async Task PublishAsync<T>(T message, bool mandatory, CancellationToken cancellationToken)
        where T : class
    {
        // Ask each time: it may be another one after an outage.
        var generation = _current;
        try
        {
            // The transport may be slow to notice the cancellation; the callers need not wait for that.
            await generation.Bus.Publish(message, context => context.Mandatory = mandatory, cancellationToken).WaitAsync(cancellationToken);
            generation.IsUnconfirmed = false;
        }
        catch
        {
            generation.IsUnconfirmed = true;
            throw;
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var generation = _current;
        return Task.FromResult(
            !generation.IsConnected ? HealthCheckResult.Unhealthy("the broker is not connected")
            : generation.IsUnconfirmed ? HealthCheckResult.Unhealthy("the broker did not confirm the last message")
            : HealthCheckResult.Healthy("connected"));
    }

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
            await StaysUnfitAsync(generation, stoppingToken);
            Abandoned(generation.IsConnected ? "is not confirmed what it publishes" : "stays apart");
            _current = Create();
            _ = EndAsync(generation);
        }
    }

    private async Task StaysUnfitAsync(Generation generation, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        for (var (since, patience) = (_time.GetTimestamp(), Patience); ;)
        {
            await timer.WaitForNextTickAsync(stoppingToken);
            if (!_intake.IsConnected || generation is { IsConnected: true, IsUnconfirmed: false })
                (since, patience) = (_time.GetTimestamp(), Patience);
            if (_time.GetElapsedTime(since) < patience)
                continue;
            if (!generation.IsConnected || await PublishProbe.IsConfirmedAsync(_options, stoppingToken))
                return;
            (since, patience) = (_time.GetTimestamp(), ProbePause);
        }
    }

    private async Task EndAsync(Generation generation)
    {
        using var limit = new CancellationTokenSource(_options.StopTimeout);
        await generation.Bus.StopAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await generation.Services.DisposeAsync().AsTask().WaitAsync(_options.StopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Generation Create()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_services.GetRequiredService<ILoggerFactory>()).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((_, rabbit) =>
            {
                rabbit.Host(new Uri(_options.Broker), "event-segmentation-ingestion-bus", host => Secure(host, _options));

                // Indented JSON would multiply the size of nested params.
                rabbit.ConfigureJsonSerializerOptions(json =>
                {
                    json.WriteIndented = false;
                    return json;
                });

                // Events are kept from the first one on, also if segmentation has never run. Its receive endpoint
                // declares the same queue and a binding of its own; the broker puts one copy into a queue.
                var exchange = rabbit.MessageTopology.GetMessageTopology<EventsNormalized>().EntityName;
                rabbit.Publish<EventsNormalized>(message => message.BindQueue(exchange, BrokerNames.NormalizedQueue, queue => queue.SetQuorumQueue()));
                var imports = rabbit.MessageTopology.GetMessageTopology<ImportsNormalized>().EntityName;
                rabbit.Publish<ImportsNormalized>(message => message.BindQueue(imports, BrokerNames.ImportsQueue, queue => queue.SetQuorumQueue()));
                var refusals = rabbit.MessageTopology.GetMessageTopology<EventsRefused>().EntityName;
                rabbit.Publish<EventsRefused>(message => message.BindQueue(refusals, BrokerNames.RefusalsQueue, queue =>
                {
                    queue.SetQuorumQueue();
                    queue.SetQueueArgument("x-max-length", BrokerNames.MaxRefusals);
                }));
            });
        });
        var provider = services.BuildServiceProvider();
        return new(provider, provider.GetRequiredService<IBusControl>());
    }

    // MassTransit by itself accepts a certificate that nobody vouches for.
    private static void Secure(IRabbitMqHostConfigurator host, IngestionOptions options)
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bus {What} though the broker serves others; a new one takes its place")]
    private partial void Abandoned(string what);

    private sealed class Generation(ServiceProvider services, IBusControl bus)
    {
        private volatile bool _isUnconfirmed;

        public ServiceProvider Services => services;

        public IBusControl Bus => bus;

        public bool IsConnected => bus.CheckHealth().Status == BusHealthStatus.Healthy;

        /// <summary>True from a publish that was not confirmed to the next one that is.</summary>
        public bool IsUnconfirmed
        {
            get => _isUnconfirmed;
            set => _isUnconfirmed = value;
        }
    }
}
