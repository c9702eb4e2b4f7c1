using System.Diagnostics;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;
using EventSegmentation.Ingestion.Publishing;
using EventSegmentation.Ingestion.Telemetry;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>
/// Takes submissions from the broker: waits for it, connects, reads, publishes, keeps what is refused, and
/// only then acknowledges; connects again when the connection is gone. At most <c>Prefetch</c> submissions
/// are in work at one time. While events cannot be published their submissions stay unacknowledged and are
/// tried again: handing them back would only send them round in circles.
/// </summary>
internal sealed partial class SubmissionIntake(
    EventPublisher publisher,
    RefusalReporter refusals,
    IntakeState state,
    IngestionOptions options,
    IngestionTelemetry telemetry,
    TimeProvider time,
    ILogger<SubmissionIntake> log) : BackgroundService
{
    private readonly MessageIdentities _identities = new(options.Prefetch);
    private readonly SemaphoreSlim _places = new(options.Prefetch, options.Prefetch);

    // The connection before was ended by a message, which is likely to be the one that ends this one: it is reported once.
    private bool _isReturning;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await SubmitConnection.OpenAsync(options, stoppingToken);
                await RunAsync(connection, stoppingToken);
                if (connection.IsEndedByMessage)
                    continue; // each return counts, until the broker sets the message aside
            }
            catch (Exception failure) when (BrokerConnection.IsFailure(failure))
            {
                if (!stoppingToken.IsCancellationRequested)
                    Away(failure.Message);
            }

            await Task.Delay(options.RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(SubmitConnection connection, CancellationToken stoppingToken)
    {
        await connection.ConsumeAsync((_, delivery) => OnDeliveryAsync(connection, delivery, stoppingToken), stoppingToken);
        if (state.Connected())
            Connected();

        await ((Task)connection.Closed.WaitAsync(stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!connection.Closed.IsCompleted)
            await connection.StopDeliveriesAsync(CancellationToken.None);
        else if (!connection.IsEndedByMessage)
            Away(await connection.Closed);
        else if (connection.HasAcknowledged || !_isReturning)
            Undecodable(await connection.Closed);

        // What is in work ends before the connection is given up: published, or known to be delivered again.
        for (var place = 0; place < options.Prefetch; place++)
            await _places.WaitAsync(CancellationToken.None);
        _places.Release(options.Prefetch);
        _identities.ConnectionLost();
        _isReturning = connection.IsEndedByMessage;
    }

    // Reads at once, while the body is valid; the rest of the work goes on beside the next delivery.
    private async Task OnDeliveryAsync(SubmitConnection connection, BasicDeliverEventArgs delivery, CancellationToken stoppingToken)
    {
        if (connection.Closed.IsCompleted)
            return; // it cannot be acknowledged any more and is delivered again

        var reading = Read(delivery);
        var body = reading is RequestReading.Events { Accepted.Count: > 0 } ? [] : delivery.Body.ToArray();
        var properties = new BasicProperties(delivery.BasicProperties);
        await _places.WaitAsync(CancellationToken.None);
        _ = HandleAsync(connection, delivery.DeliveryTag, properties, body, reading, stoppingToken);
    }

    private RequestReading Read(BasicDeliverEventArgs delivery)
    {
        var properties = delivery.BasicProperties;
        var receivedAt = time.GetUtcNow();
        try
        {
            var identity = _identities.Delivered(delivery.DeliveryTag, properties.MessageId, delivery.Body.Span, delivery.Redelivered);
            var receipt = new Receipt(receivedAt, Import: false, index => MadeId.From(identity, index));
            return SubmissionReader.Read(properties.ContentType, properties.ContentEncoding, delivery.Body, receipt);
        }
        catch (Exception fault)
        {
            // A fault of this program. Whatever it is, it would come back with every redelivery. What it says may quote the message.
            ReadFailed(fault.GetType().Name, fault.StackTrace);
            return new RequestReading.Unreadable(new FieldError("", "ingestion failed to read this message") { Reason = RefusalReason.Fault });
        }
    }

    private async Task HandleAsync(
        SubmitConnection connection, ulong tag, BasicProperties properties, byte[] body, RequestReading reading, CancellationToken stoppingToken)
    {
        using var activity = telemetry.StartSubmission(SenderTrace.Of(properties));
        try
        {
            if (reading is RequestReading.Events { Accepted.Count: > 0 } events && !await PublishAsync(connection, events, stoppingToken))
                return;
            await KeepRefusedAsync(connection, properties, body, reading);
            await connection.AcknowledgeAsync(tag);
            _identities.Acknowledged(tag);
        }
        catch (Exception failure)
        {
            // Nothing was acknowledged, so nothing is lost: the broker delivers it again on the next connection.
            activity?.SetStatus(ActivityStatusCode.Error);
            await connection.End(failure.Message);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>False if the connection or the service ended before the events could be published.</summary>
    private async Task<bool> PublishAsync(SubmitConnection connection, RequestReading.Events events, CancellationToken stoppingToken)
    {
        while (await publisher.PublishAsync(events.Accepted) != PublishOutcome.Confirmed)
        {
            await Task.WhenAny(connection.Closed, Task.Delay(options.RetryDelay, time, stoppingToken));
            if (connection.Closed.IsCompleted || stoppingToken.IsCancellationRequested)
                return false;
        }

        telemetry.Accepted(events.Accepted.Count, IntakePath.Amqp);
        return true;
    }

    private async Task KeepRefusedAsync(SubmitConnection connection, BasicProperties properties, byte[] body, RequestReading reading)
    {
        switch (reading)
        {
            case RequestReading.Unreadable { Error: var error }:
                await KeepAllAsync([error]);
                telemetry.Refused(error.Reason, IntakePath.Amqp);
                break;
            case RequestReading.Events { Accepted.Count: 0 } events:
                await KeepAllAsync([.. events.Refused.SelectMany(refused => refused.Errors)]);
                telemetry.Refused(events.Refused, IntakePath.Amqp);
                refusals.Report(events.Refused, RefusalSource.Amqp);
                break;
            case RequestReading.Events events:
                foreach (var refused in events.Refused)
                    await connection.Refused.PutAsync(refused, properties);
                telemetry.Refused(events.Refused, IntakePath.Amqp);
                refusals.Report(events.Refused, RefusalSource.Amqp);
                break;
        }

        Task KeepAllAsync(IReadOnlyList<FieldError> errors) => connection.Refused.PutAsync(body, properties, errors);
    }

    private void Away(string reason)
    {
        if (state.Away(reason))
            BrokerAway(reason);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the broker; submissions are taken")]
    private partial void Connected();

    [LoggerMessage(Level = LogLevel.Warning, Message = "No submissions from the broker, trying again: {Reason}")]
    private partial void BrokerAway(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A submission cannot be decoded by the client and ended the connection; after enough returns the broker sets it aside: {Reason}")]
    private partial void Undecodable(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading a submission failed with {Fault}; it is kept as refused. {Trace}")]
    private partial void ReadFailed(string fault, string? trace);
}
