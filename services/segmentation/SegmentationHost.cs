using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Telemetry;
using MassTransit;
using Npgsql;

namespace EventSegmentation.Segmentation;

/// <summary>Puts the service together. Tests start it the same way.</summary>
internal static class SegmentationHost
{
    private const string DefaultAddress = "http://127.0.0.1:5081";

    /// <summary>Throws <see cref="InvalidOperationException"/>, with every wrong setting and its way out, before anything starts.</summary>
    public static WebApplication Build(string[] args, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var options = builder.Configuration.GetSection(SegmentationOptions.Section).Get<SegmentationOptions>() ?? new();
        if (options.Problems().ToArray() is { Length: > 0 } problems)
            throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
        if (string.IsNullOrEmpty(builder.Configuration["urls"]))
            builder.WebHost.UseUrls(DefaultAddress);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBody);
        builder.Services.AddSingleton(options).AddSingleton(time ?? TimeProvider.System).AddSingleton<ApiKeys>();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        builder.Services.AddOpenApi();
        TelemetryPipeline.Add(builder);
        AddDatabase(builder.Services, options);
        AddWork(builder.Services);
        AddBroker(builder.Services, options);

        var app = builder.Build();
        app.UseRequestSpans();
        app.UseExceptionHandler(failed => failed.Run(context =>
            Problems.Of(StatusCodes.Status500InternalServerError, "Failed", "The call failed; the log has the reason under this trace.").ExecuteAsync(context)));
        app.UseStatusCodePages(context => AnswerAsync(context.HttpContext));
        var keys = app.Services.GetRequiredService<ApiKeys>();
        app.MapOpenApi();
        Health.Map(app);
        EventTypeEndpoints.Map(app, keys);
        ContactEndpoints.Map(app, keys);
        SegmentEndpoints.Map(app, keys);
        return app;
    }

    /// <summary>The largest body that a call may have, in bytes.</summary>
    private const long MaxBody = 1_000_000;

    // The framework's own refusals (no route, not JSON, too large) as problems too.
    private static Task AnswerAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var detail = status switch
        {
            StatusCodes.Status400BadRequest => "The body is not the JSON that this call takes.",
            StatusCodes.Status404NotFound => "There is no such call; /openapi/v1.json lists them.",
            StatusCodes.Status405MethodNotAllowed => "This address does not take that method; /openapi/v1.json lists the calls.",
            StatusCodes.Status413PayloadTooLarge => $"A body has at most {MaxBody} bytes.",
            StatusCodes.Status415UnsupportedMediaType => "Send the body with content-type: application/json.",
            _ => "The call was refused.",
        };
        return Problems.Of(status, Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), detail).ExecuteAsync(context);
    }

    private static void AddDatabase(IServiceCollection services, SegmentationOptions options)
    {
        services.AddSingleton(_ => NpgsqlDataSource.Create(options.Database));
        services.AddSingleton(_ => new OwnerDatabase(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.Database) { Pooling = false })));
        services.AddSingleton<Migrator>();
    }

    private static void AddWork(IServiceCollection services)
    {
        services.AddSingleton<StartUp>().AddHostedService(provider => provider.GetRequiredService<StartUp>());
        services.AddSingleton<ParameterCatalogue>().AddSingleton<EventTypeSwitchStore>();
        services.AddSingleton<ContactCardStore>().AddSingleton<SegmentStore>().AddSingleton<TransitionStore>();
        services.AddSingleton<AppendQueue>().AddHostedService(provider => provider.GetRequiredService<AppendQueue>());
        services.AddSingleton<WakeUp>().AddSingleton<Relay>().AddHostedService<ProjectionOwner>();
    }

    private static void AddBroker(IServiceCollection services, SegmentationOptions options) => services.AddMassTransit(bus =>
    {
        bus.DisableUsageTelemetry();
        bus.AddConsumer<EventsConsumer>();
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(new Uri(options.Broker), "event-segmentation-segmentation");
            rabbit.ConfigureJsonSerializerOptions(json =>
            {
                json.WriteIndented = false;
                return json;
            });
            rabbit.ReceiveEndpoint(BrokerNames.NormalizedQueue, endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.PrefetchCount = AppendQueue.MaxWaiting;
                endpoint.ConcurrentMessageLimit = AppendQueue.MaxWaiting;
                endpoint.ConfigureConsumer<EventsConsumer>(context);
            });
        });
    });
}
