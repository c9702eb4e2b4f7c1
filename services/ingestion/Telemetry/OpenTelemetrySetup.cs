using OpenTelemetry;
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
        var configuration = builder.Configuration;
        bool Exports(string signal) =>
            !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
            || !string.IsNullOrWhiteSpace(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);

        // The default detector reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, and comes last to win.
        var resource = ResourceBuilder.CreateEmpty()
            .AddService(DefaultServiceName, serviceInstanceId: Environment.MachineName)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();

        builder.Services.AddSingleton(_ =>
        {
            var traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(IngestionTelemetry.Name, "Microsoft.AspNetCore", "MassTransit");
            return (Exports("TRACES") ? traces.AddOtlpExporter() : traces).Build();
        });

        if (Exports("METRICS"))
            builder.Services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(IngestionTelemetry.Name, "MassTransit", "Microsoft.AspNetCore.*", "System.Runtime")
                .AddOtlpExporter()
                .Build());

        builder.Logging.Configure(logs => logs.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (Exports("LOGS"))
            builder.Logging.AddOpenTelemetry(logs => logs.SetResourceBuilder(resource).AddOtlpExporter());

        builder.Services.AddHostedService<TelemetryLifetime>();
    }
}
