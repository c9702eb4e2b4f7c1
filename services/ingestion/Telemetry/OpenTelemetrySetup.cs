using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventSegmentation.Ingestion.Telemetry;

/// <summary>
/// OpenTelemetry by its standard environment variables. A signal is exported when
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> or its own <c>OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_ENDPOINT</c> is
/// set. Activities are recorded in any case, so that a trace id leads from the request through the broker
/// and stands in the logs of both services even where nothing is exported.
/// </summary>
internal static class OpenTelemetrySetup
{
    private const string DefaultServiceName = "event-segmentation-ingestion";

    public static void AddOpenTelemetry(this WebApplicationBuilder builder)
    {
        var environment = builder.Configuration;
        var resource = ResourceBuilder.CreateEmpty()
            .AddService(DefaultServiceName, serviceInstanceId: Environment.MachineName)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector(); // last, to win: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES

        var exportTraces = Exporter(environment, "TRACES");
        builder.Services.AddSingleton(_ =>
        {
            var traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(IngestionTelemetry.Name, "Microsoft.AspNetCore", "MassTransit");
            return (exportTraces is null ? traces : traces.AddOtlpExporter(exportTraces)).Build();
        });

        if (Exporter(environment, "METRICS") is { } exportMetrics)
            builder.Services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(IngestionTelemetry.Name, "MassTransit", "Microsoft.AspNetCore.*", "System.Runtime")
                .AddOtlpExporter(exportMetrics)
                .Build());

        builder.Logging.Configure(logs => logs.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (Exporter(environment, "LOGS") is { } exportLogs)
            builder.Logging.AddOpenTelemetry(logs => logs.SetResourceBuilder(resource).AddOtlpExporter(exportLogs));

        builder.Services.AddHostedService<TelemetryLifetime>();
    }

    /// <summary>How to export a signal; null if it is not asked for. The exporter reads the other variables by itself.</summary>
    private static Action<OtlpExporterOptions>? Exporter(ConfigurationManager environment, string signal)
    {
        var name = $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT";
        if (environment[name] is { Length: > 0 } own)
        {
            var endpoint = Uri.TryCreate(own, UriKind.Absolute, out var address)
                ? address
                : throw new WrongSettingException($"{name} is not an address. Set it to http://host:port/path, or remove it.");
            return options => options.Endpoint = endpoint;
        }

        return environment["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } ? _ => { } : null;
    }
}
