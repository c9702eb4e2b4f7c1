using System.Diagnostics;
using EventSegmentation.Access;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Erasure;
using EventSegmentation.Segmentation.Contacts.Export;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.History;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Segments.AsCode;
using EventSegmentation.Segmentation.Segments.Groups;
using EventSegmentation.Segmentation.Segments.Lists;
using EventSegmentation.Segmentation.Telemetry;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using Polly.Timeout;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Segmentation;

/// <summary>Puts the service together. Tests start it the same way.</summary>
internal static class SegmentationHost
{
    private const string DefaultAddress = "http://127.0.0.1:5081";

    /// <summary>When a call may come again that lost to others.</summary>
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(1);

    /// <summary>When a call may come again that met no database.</summary>
    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(5);

    /// <exception cref="WrongSettingException">Settings are wrong.</exception>
    public static WebApplication Build(string[] args, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var options = SegmentationOptions.Read(builder.Configuration);
        builder.ListenByDefault(DefaultAddress);
        builder.WebHost.ConfigureKestrel(kestrel => ServerLimits.Apply(kestrel, options.MaxConnections, RequestBody.MaxBytes));
        builder.Services.AddSingleton(options).AddSingleton(time ?? TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Answers));
        builder.Services.AddOpenApi();
        TelemetryPipeline.Add(builder);
        if (builder.Services.AddAccess(options.Access, RefuseAsync) is { } fault)
            throw new WrongSettingException(fault);
        AddDatabase(builder.Services, options);
        AddWork(builder.Services);

        var app = builder.Build();
        app.UseRequestSpans();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = FailAsync,

            // A body that breaks off is its sender's doing.
            SuppressDiagnosticsCallback = failed => failed.Exception is BadHttpRequestException,
        });
        app.UseAccess();
        app.Use((context, next) => IsAddressable(context.Request)
            ? next(context)
            : Problems.BadRequest("", "The address has U+0000 or is not UTF-8.").ExecuteAsync(context));
        app.UseStatusCodePages(context => AnswerAsync(context.HttpContext));
        app.MapOpenApi().OpenToAll();
        Health.Map(app);
        EventTypeEndpoints.Map(app);
        MatchingRuleEndpoints.Map(app);
        ContactEndpoints.Map(app);
        MergeEndpoints.Map(app);
        ContactFieldEndpoints.Map(app);
        SegmentEndpoints.Map(app);
        SegmentReadingEndpoints.Map(app);
        GroupEndpoints.Map(app);
        BuildEndpoints.Map(app);
        DefinitionEndpoints.Map(app);
        ListEndpoints.Map(app);
        ListImportEndpoints.Map(app);
        ExplanationEndpoints.Map(app);
        TransitionEndpoints.Map(app);
        DraftEndpoints.Map(app);
        PastEndpoints.Map(app);
        AuditEndpoints.Map(app);
        HistoryEndpoints.Map(app);
        SetAsideEndpoints.Map(app);
        return app;
    }

    /// <summary>Brings the database forward, as the service would at its start, and returns. Throws if that fails.</summary>
    /// <exception cref="WrongSettingException">Settings are wrong.</exception>
    public static async Task MigrateAsync(string[] args)
    {
        await using var app = Build(args);
        await app.Services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
    }

    // How soon the database gives up a client that vanished, and with it the locks it held: a machine that lost its
    // power says no goodbye. Seven seconds at most, so that others have its partitions within ten.
    private const string ServerSide =
        "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=4 -c tcp_user_timeout=7000 -c idle_in_transaction_session_timeout=30000";

    private static bool IsAddressable(HttpRequest request) =>
        RequestBody.IsStorable(request.Path.Value ?? "") && request.Query.All(parameter => parameter.Value.All(value => RequestBody.IsStorable(value ?? "")));

    private static Task FailAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (error is BadHttpRequestException refused)
        {
            // What the server finds wrong while a body is being read, such as its length.
            context.Response.StatusCode = refused.StatusCode;
            return AnswerAsync(context);
        }

        var answer = error switch
        {
            SegmentFaultException fault => Problems.Refused([new("", $"What was asked about cannot be evaluated. {fault.Message}")]),
            BusyException => Problems.Later(StatusCodes.Status503ServiceUnavailable, "Busy", "Others change the same contacts at this moment. Try again.", BusyRetry),
            BrokerUnreachableException or TimeoutRejectedException => Problems.Later(
                StatusCodes.Status503ServiceUnavailable, "The broker is not available", "The broker is away or restarts. Try again.", DatabaseRetry),
            _ when DatabaseFaults.IsAway(error) => Problems.Later(
                StatusCodes.Status503ServiceUnavailable, "The database is not available", "The database is away, restarts, or is held by others for long. Try again.", DatabaseRetry),
            _ => Problems.Of(StatusCodes.Status500InternalServerError, "Failed", $"The call failed; the log has the reason under the trace {Activity.Current?.TraceId}."),
        };
        return answer.ExecuteAsync(context);
    }

    private static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        var title = ReasonPhrases.GetReasonPhrase(refusal.Status);
        var answer = refusal.RetryAfter is { } delay ? Problems.Later(refusal.Status, title, refusal.Detail, delay) : Problems.Of(refusal.Status, title, refusal.Detail);
        return answer.ExecuteAsync(context);
    }

    // The framework's own refusals (no route, not JSON, too large) as problems too.
    private static Task AnswerAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var detail = status switch
        {
            StatusCodes.Status400BadRequest => "The body is not the JSON that this call takes.",
            StatusCodes.Status404NotFound => "There is no such call; /openapi/v1.json lists them.",
            StatusCodes.Status405MethodNotAllowed => "This address does not take that method; /openapi/v1.json lists the calls.",
            StatusCodes.Status413PayloadTooLarge => $"A body of this call has at most {context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? RequestBody.MaxBytes} bytes.",
            StatusCodes.Status415UnsupportedMediaType => "Send the body with content-type: application/json.",
            _ => "The call was refused.",
        };
        return Problems.Of(status, ReasonPhrases.GetReasonPhrase(status), detail).ExecuteAsync(context);
    }

    private static void AddDatabase(IServiceCollection services, SegmentationOptions options)
    {
        var database = new NpgsqlConnectionStringBuilder(options.Database);
        database.Options = $"{database.Options} {ServerSide}".Trim();
        services.AddSingleton(_ => NpgsqlDataSource.Create(database));
        services.AddSingleton(_ => PipelineDatabase.Of(database));
        services.AddSingleton<Migrator>();
    }

    private static void AddWork(IServiceCollection services)
    {
        services.AddSingleton<StartUp>().AddHostedService(provider => provider.GetRequiredService<StartUp>());
        services.AddSingleton<ParameterCatalogue>().AddSingleton(new RememberedContacts()).AddSingleton<EventTypeSwitchStore>().AddSingleton<EventTypeViewStore>();
        services.AddSingleton<MatchingRuleStore>().AddSingleton<Rematch>();
        services.AddSingleton<ContactCardStore>().AddSingleton<ContactFieldStore>().AddSingleton<ContactEditor>()
            .AddSingleton<MergeStore>().AddSingleton<ContactEraser>().AddSingleton<ContactExport>().AddSingleton<SegmentStore>().AddSingleton<PersonHistoryStore>().AddSingleton<TransitionStore>();
        services.AddSingleton<ListEditor>().AddSingleton<ListImportStore>().AddSingleton<ListImporter>().AddSingleton<ExplanationStore>();
        services.AddSingleton<InsightGate>().AddSingleton<ServingDefinitions>().AddSingleton<DraftSource>().AddSingleton<PopulationStore>().AddSingleton<OverlapStore>().AddSingleton<Preview>().AddSingleton<DryRun>().AddSingleton<PastStore>().AddSingleton<AuditStore>().AddSingleton<Audit>();
        services.AddSingleton<SegmentViewStore>().AddSingleton<GroupStore>().AddSingleton<BuildViewStore>().AddSingleton<DefinitionStore>();
        services.AddSingleton<EventHistoryStore>().AddSingleton<RefusedEventStore>().AddSingleton<SetAsideQueues>().AddSingleton<RetentionStore>().AddHostedService<HistoryRetention>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<AppendQueue>(provider, AppendLane.Live)).AddHostedService(provider => provider.GetRequiredService<AppendQueue>());
        services.AddSingleton<BacklogStore>().AddSingleton(provider => ActivatorUtilities.CreateInstance<ImportQueue>(
            provider, ActivatorUtilities.CreateInstance<AppendQueue>(provider, AppendLane.Imports), provider.GetRequiredService<AppendQueue>()));
        services.AddHostedService(provider => provider.GetRequiredService<ImportQueue>());
        services.AddSingleton<WakeUp>().AddSingleton<ProjectionWait>().AddSingleton<Relay>().AddSingleton<ProjectionOwner>().AddHostedService(provider => provider.GetRequiredService<ProjectionOwner>());

        // The last to start and the first to stop.
        services.AddSingleton<BrokerBus>().AddHostedService(provider => provider.GetRequiredService<BrokerBus>());
    }
}
