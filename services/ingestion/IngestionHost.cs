using EventSegmentation.Access;
using EventSegmentation.Ingestion.Calls;
using EventSegmentation.Ingestion.Normalizing;
using EventSegmentation.Ingestion.Publishing;
using EventSegmentation.Ingestion.Submissions;
using EventSegmentation.Ingestion.Telemetry;

namespace EventSegmentation.Ingestion;

/// <summary>Puts the service together. Tests build it as <c>Program</c> does.</summary>
internal static class IngestionHost
{
    /// <summary>This machine only.</summary>
    private const string DefaultAddress = "http://127.0.0.1:5080";

    /// <param name="args">Settings as <c>--Ingestion:Broker=…</c>; they win over environment variables.</param>
    /// <exception cref="WrongSettingException">A setting is wrong.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var options = IngestionSettings.Read(builder.Configuration);
        builder.ListenByDefault(DefaultAddress);
        builder.WebHost.ConfigureKestrel(kestrel => ServerLimits.Apply(kestrel, options.MaxConnections, IntakeLimits.DrainedRequestBytes));

        var services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        services.AddSingleton(options).AddSingleton(TimeProvider.System);

        // Services stop in the opposite order: the intake, then the publisher, the bus, and the telemetry.
        builder.AddOpenTelemetry();
        services.AddSingleton<IngestionTelemetry>();
        services.AddSingleton<IntakeState>();
        services.AddSingleton<BrokerBus>().AddHostedService(provider => provider.GetRequiredService<BrokerBus>());
        services.AddSingleton<PublishGuard>().AddSingleton<EventPublisher>();
        services.AddHostedService(provider => provider.GetRequiredService<EventPublisher>());
        services.AddSingleton<RefusalReporter>().AddHostedService(provider => provider.GetRequiredService<RefusalReporter>());
        services.AddHostedService<SubmissionIntake>();

        services.AddSingleton<ByteBudget>().AddSingleton<EventCalls>();
        if (services.AddAccess(options.Access, (http, refusal) => http.Response.WriteAsync(Problem.Of(refusal.Status, refusal.Detail), refusal.RetryAfter)) is { } fault)
            throw new WrongSettingException(fault);
        services.AddHealth();
        services.AddOpenApi();

        var app = builder.Build();
        app.UseRequestSpans();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = FrameworkAnswers.FailAsync,
            SuppressDiagnosticsCallback = failed => FrameworkAnswers.IsOfSender(failed.Exception),
        });
        app.UseStatusCodePages(context => FrameworkAnswers.AnswerAsync(context.HttpContext));
        app.UseAccess();
        EventCalls.Map(app);
        HealthCalls.Map(app);
        app.MapOpenApi().OpenToAll();
        return app;
    }
}
