using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventSegmentation.Segmentation.Telemetry;

/// <summary>
/// Sends traces, metrics and logs by OTLP where the standard <c>OTEL_EXPORTER_OTLP_…</c> variables say so, and is silent
/// where none is set. Flushes when the service stops.
/// </summary>
internal sealed class TelemetryPipeline : IHostedService, IDisposable
{
    private const string DefaultServiceName = "event-segmentation-segmentation";
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(5);

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    private TelemetryPipeline(IConfiguration configuration)
    {
        if (IsExported(configuration, "TRACES"))
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(Resource())
                .AddSource(Metrics.Name, "Microsoft.AspNetCore", "MassTransit", "RabbitMQ.Client.Publisher", "Npgsql")
                .AddOtlpExporter()
                .Build();
        }

        if (IsExported(configuration, "METRICS"))
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(Resource())
                .AddMeter(Metrics.Name, "MassTransit", "Npgsql", "Polly", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddOtlpExporter()
                .Build();
        }
    }

    /// <summary>Registers the pipeline, the metrics and the export of logs.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Metrics>();

        // Before all that measures, so that nothing is measured unheard, and nothing after the last export.
        builder.Services.AddHostedService(services => new TelemetryPipeline(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton<QueueWatch>().AddHostedService(provider => provider.GetRequiredService<QueueWatch>());
        if (IsExported(builder.Configuration, "LOGS"))
        {
            builder.Logging.AddOpenTelemetry(logs =>
            {
                logs.IncludeScopes = true;
                logs.SetResourceBuilder(Resource()).AddOtlpExporter();
            });
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _traces?.ForceFlush((int)FlushLimit.TotalMilliseconds);
        _metrics?.ForceFlush((int)FlushLimit.TotalMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static bool IsExported(IConfiguration configuration, string signal) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && configuration[$"OTEL_{signal}_EXPORTER"] != "none"
        && !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"] ?? configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    private static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService(DefaultServiceName, serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString())
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
