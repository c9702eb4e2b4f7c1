using System.Diagnostics;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Telemetry;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// Publishes transitions in both forms, confirmed by the broker: as plain JSON on the topic exchange, and in the envelope of
/// MassTransit. One instance serves one relay; not safe for concurrent use.
/// </summary>
internal sealed class TransitionPublisher(SegmentationOptions options, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The longest wait for the broker to confirm messages sent together; after it the batch is sent again.</summary>
    public static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(10);

    private const int Forms = 2;

    private IConnection? _connection;
    private IChannel? _channel;
    private volatile BatchConfirms? _waiting;

    /// <summary>
    /// Returns when the broker has confirmed every message; at most <see cref="Relay.MaxBatch"/> transitions wait for that at one
    /// time. They reach the broker in their order. Throws if the broker is away, refuses one or does not answer in
    /// <see cref="ConfirmLimit"/>; some may have been sent.
    /// </summary>
    public async Task PublishAsync(IReadOnlyList<OutgoingTransition> transitions, CancellationToken cancellationToken)
    {
        if (transitions.Count == 0)
            return;
        try
        {
            var channel = await ChannelAsync(cancellationToken);
            await InTimeAsync(limit => SendAsync(channel, transitions, limit), cancellationToken);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Forgets the connection, so that the next batch begins with a new one.</summary>
    public async ValueTask DisposeAsync()
    {
        var connection = _connection;
        (_connection, _channel) = (null, null);
        if (connection is not null)
            await BrokerConnection.GiveUpAsync(connection);
    }

    // Cancels at the limit, and does not wait for that: a client whose broker has gone may never notice.
    private static async Task InTimeAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConfirmLimit);
        await step(limit.Token).WaitAsync(limit.Token);
    }

    // One after the other, without waiting for a confirm in between: a channel keeps the order in which it is written.
    private async Task SendAsync(IChannel channel, IReadOnlyList<OutgoingTransition> transitions, CancellationToken cancellationToken)
    {
        var confirms = new BatchConfirms(await channel.GetNextPublishSequenceNumberAsync(cancellationToken), transitions.Count * Forms);
        _waiting = confirms;
        if (channel.CloseReason is { } reason)
            confirms.Fail(new AlreadyClosedException(reason));
        foreach (var transition in transitions)
            await SendAsync(channel, transition, cancellationToken);
        await confirms.All;
    }

    private async Task SendAsync(IChannel channel, OutgoingTransition transition, CancellationToken cancellationToken)
    {
        var message = transition.Message;
        using var activity = transition.TraceParent is { } parent
            ? Metrics.Source.StartActivity("publish transition", ActivityKind.Producer, parent)
            : null;
        activity?.SetTag("event_segmentation.segment", message.SegmentKey);
        activity?.SetTag("event_segmentation.kind", message.Kind);
        activity?.SetTag("event_segmentation.cause", message.Cause);

        var body = JsonSerializer.SerializeToUtf8Bytes(message, TransitionJson.Default.SegmentTransition);
        await channel.BasicPublishAsync(
            BrokerNames.TransitionsExchange, $"{message.Kind}.{message.SegmentKey}", mandatory: false, Properties(message, "application/json", activity), body, cancellationToken);
        await channel.BasicPublishAsync(
            TransitionEnvelope.Exchange(message.Kind), routingKey: "", mandatory: false, Properties(message, TransitionEnvelope.ContentType, activity),
            TransitionEnvelope.Write(message, body, time.GetUtcNow(), activity?.Id), cancellationToken);
    }

    private static BasicProperties Properties(SegmentTransition message, string contentType, Activity? activity) => new()
    {
        ContentType = contentType,
        MessageId = message.TransitionId.ToString(),
        Type = message.Kind,
        Persistent = true,
        Headers = activity is null ? null : new Dictionary<string, object?> { ["traceparent"] = activity.Id },
    };

    private async Task<IChannel> ChannelAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true })
            return _channel;
        await DisposeAsync();
        await InTimeAsync(async limit => _connection = await BrokerConnection.OpenAsync(options, "segmentation relay", limit), cancellationToken);

        // Confirms are counted here: the client would keep a wait for each message.
        var confirmed = new CreateChannelOptions(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null);
        await InTimeAsync(async limit => _channel = await _connection!.CreateChannelAsync(confirmed, limit), cancellationToken);
        Listen(_channel!);
        return _channel!;
    }

    private void Listen(IChannel channel)
    {
        channel.BasicAcksAsync += (_, ack) => Note(confirms => confirms.Confirm(ack.DeliveryTag, ack.Multiple));
        channel.BasicNacksAsync += (_, _) => Note(confirms => confirms.Fail(new IOException("the broker refused a transition")));
        channel.ChannelShutdownAsync += (_, reason) => Note(confirms => confirms.Fail(new AlreadyClosedException(reason)));

        // What an earlier channel still says is not of this one's batch.
        Task Note(Action<BatchConfirms> tell)
        {
            if (_channel == channel && _waiting is { } confirms)
                tell(confirms);
            return Task.CompletedTask;
        }
    }
}

/// <summary>A transition to be published, and the trace that it carries on.</summary>
internal sealed record OutgoingTransition(SegmentTransition Message, string? TraceParent);
