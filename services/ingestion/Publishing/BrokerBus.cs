using System.Net.Security;
using System.Security.Authentication;
using EventSegmentation.Contracts;
using MassTransit;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>The MassTransit bus: it only publishes.</summary>
internal static class BrokerBus
{
    public static void AddBrokerBus(this IServiceCollection services, IngestionOptions options)
    {
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((_, rabbit) =>
            {
                rabbit.Host(new Uri(options.Broker), "event-segmentation-ingestion-bus", host => Secure(host, options));

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
            });
        });
        services.Configure<MassTransitHostOptions>(host => host.StopTimeout = options.StopTimeout);
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
}
