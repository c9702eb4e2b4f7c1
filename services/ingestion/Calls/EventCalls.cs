using EventSegmentation.Access;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;
using EventSegmentation.Ingestion.Publishing;
using EventSegmentation.Ingestion.Telemetry;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>The calls that take events. Each answers 202 only when the broker has confirmed them.</summary>
internal sealed class EventCalls(EventPublisher publisher, RefusalReporter refusals, ByteBudget budget, IngestionOptions options, IngestionTelemetry telemetry, TimeProvider time)
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    public static void Map(IEndpointRouteBuilder app)
    {
        var calls = app.MapGroup("/api/v3").Writes();
        calls.MapPost("/event", (HttpContext http, EventCalls events) => events.TakeAsync(http, RequestShape.Single, import: false))
            .Describe<SubmittedEvent, EventAnswer>("SubmitEvent", "Takes one event.");
        calls.MapPost("/events", (HttpContext http, EventCalls events) => events.TakeAsync(http, RequestShape.Batch, import: false))
            .Describe<SubmitEvents, BatchAnswer>("SubmitEvents", "Takes 1 to 500 events and reports each that was refused.");
        calls.MapPost("/events/past", (HttpContext http, EventCalls events) => events.TakeAsync(http, RequestShape.Batch, import: true))
            .Describe<SubmitEvents, BatchAnswer>("ImportPastEvents", "Imports 1 to 500 past events, which count whenever they occurred.");
    }

    private async Task TakeAsync(HttpContext http, RequestShape shape, bool import)
    {
        var limit = shape == RequestShape.Single ? IntakeLimits.SingleRequestBytes : IntakeLimits.BatchRequestBytes;
        var bytes = http.Request.ContentLength ?? limit;
        if (RequestBody.TypeFault(http.Request) is { } fault)
            await RefuseAsync(http, StatusCodes.Status415UnsupportedMediaType, new FieldError("", fault) { Reason = RefusalReason.ContentType });
        else if (bytes > limit)
            await RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, TooLarge(limit, $"{bytes} came"));
        else if (!budget.TryTake(bytes))
            await UnavailableAsync(http, PublishOutcome.Busy);
        else
            try
            {
                await AnswerAsync(http, shape, limit, import);
            }
            finally
            {
                budget.GiveBack(bytes);
            }
    }

    private async Task AnswerAsync(HttpContext http, RequestShape shape, int limit, bool import)
    {
        RequestReading reading;
        using (var body = await RequestBody.ReadAsync(http.Request, limit, http.RequestAborted))
        {
            var receivedAt = time.GetUtcNow();
            reading = body is null
                ? new RequestReading.Unreadable(TooLarge(limit, "more came"))
                : RequestReader.Read(body.Bytes, shape, new Receipt(receivedAt, import, _ => MadeId.New(receivedAt)) { EventTypes = Caller.Of(http).Key?.EventTypes });
        }

        switch (reading)
        {
            case RequestReading.Unreadable { Error: var error }:
                await RefuseAsync(http, StatusOf(error.Reason), error);
                break;
            case RequestReading.Events { Accepted.Count: 0, Refused: var refused }:
                await RefuseAllAsync(http, shape, refused);
                break;
            case RequestReading.Events events:
                await PublishAsync(http, shape, events);
                break;
        }
    }

    private async Task PublishAsync(HttpContext http, RequestShape shape, RequestReading.Events events)
    {
        var outcome = await publisher.PublishAsync(events.Accepted);
        if (outcome != PublishOutcome.Confirmed)
        {
            await UnavailableAsync(http, outcome);
            return;
        }

        telemetry.Accepted(events.Accepted.Count, IntakePath.Http);
        telemetry.Refused(events.Refused, IntakePath.Http);
        refusals.Report(events.Refused, RefusalSource.Http);
        await (shape == RequestShape.Single
            ? http.Response.WriteAsync(StatusCodes.Status202Accepted, new EventAnswer(events.Accepted[0].EventId), IngestionJson.Answers.EventAnswer)
            : http.Response.WriteAsync(StatusCodes.Status202Accepted, new BatchAnswer(events.Accepted.Count, events.Refused), IngestionJson.Answers.BatchAnswer));
    }

    private Task RefuseAsync(HttpContext http, int status, FieldError error)
    {
        telemetry.Refused(error.Reason, IntakePath.Http);
        return http.Response.WriteAsync(Problem.Of(status, "Nothing was accepted; errors says why.", [error]));
    }

    private Task RefuseAllAsync(HttpContext http, RequestShape shape, IReadOnlyList<RefusedEvent> refused)
    {
        telemetry.Refused(refused, IntakePath.Http);
        refusals.Report(refused, RefusalSource.Http);
        return shape == RequestShape.Single
            ? http.Response.WriteAsync(Problem.Of(StatusOf(refused[0].Errors[0].Reason), "Nothing was accepted; errors says why.", refused[0].Errors))
            : http.Response.WriteAsync(Problem.AllRefused(StatusOf(refused), refused));
    }

    private Task UnavailableAsync(HttpContext http, PublishOutcome outcome) => outcome == PublishOutcome.Busy
        ? http.Response.WriteAsync(
            Problem.Of(StatusCodes.Status503ServiceUnavailable, "Too many events wait for the broker. Nothing was accepted; try again."), BusyRetryAfter)
        : http.Response.WriteAsync(
            Problem.Of(StatusCodes.Status503ServiceUnavailable, "The broker has not confirmed. Try again; with the same eventIds that is harmless."), options.BreakDuration);

    /// <summary>The status for a request that was refused for one reason. A single event that is too large is a body that is too large.</summary>
    private static int StatusOf(RefusalReason reason) => reason switch
    {
        RefusalReason.NotJson => StatusCodes.Status400BadRequest,
        RefusalReason.TooLarge => StatusCodes.Status413PayloadTooLarge,
        RefusalReason.NotAllowed => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    /// <summary>The status for a batch of which every event was refused.</summary>
    private static int StatusOf(IReadOnlyList<RefusedEvent> refused) => refused.All(one => one.Errors[0].Reason == RefusalReason.NotAllowed)
        ? StatusCodes.Status403Forbidden
        : StatusCodes.Status422UnprocessableEntity;

    private static FieldError TooLarge(int limit, string came) =>
        new("", $"the body may have up to {limit} bytes; {came}") { Reason = RefusalReason.TooLarge };
}
