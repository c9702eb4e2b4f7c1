using System.Diagnostics;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Telemetry;
using MassTransit;
using RabbitMQ.Client;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// Publishes transitions in both forms, confirmed by the broker: as MassTransit messages, and as plain JSON on the topic
/// exchange. One instance serves one relay; not safe for concurrent use.
/// </summary>
internal sealed class TransitionPublisher(BrokerBus bus, SegmentationOptions options) : IAsyncDisposable
{
    /// <summary>The longest wait for the broker to confirm messages sent together; after it the batch is sent again.</summary>
    public static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(10);

    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>
    /// Returns when the broker has confirmed every message; at most <see cref="Relay.MaxBatch"/> wait for that at one time. Messages of one contact reach the broker in their order.
    /// Throws if the broker is away or does not answer in <see cref="ConfirmLimit"/>; some may have been sent.
    /// </summary>
    public async Task PublishAsync(IReadOnlyList<OutgoingTransition> transitions, CancellationToken cancellationToken)
    {
        try
        {
            var channel = await ChannelAsync(cancellationToken);

            // Within a wave no two belong to one contact, so the order in which they arrive does not matter.
            foreach (var wave in Waves(transitions))
                await InTimeAsync(limit => Task.WhenAll(wave.Select(transition => PublishAsync(channel, transition, limit))), cancellationToken);
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

    // The n-th transition of every contact goes out before anybody's n+1st.
    private static List<List<OutgoingTransition>> Waves(IReadOnlyList<OutgoingTransition> transitions)
    {
        var waves = new List<List<OutgoingTransition>>();
        var sent = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var transition in transitions)
        {
            var contact = transition.Message.ContactId;
            var wave = sent.GetValueOrDefault(contact);
            sent[contact] = wave + 1;
            if (wave == waves.Count)
                waves.Add([]);
            waves[wave].Add(transition);
        }

        return waves;
    }

    private async Task PublishAsync(IChannel channel, OutgoingTransition transition, CancellationToken cancellationToken)
    {
        var message = transition.Message;
        using var activity = transition.TraceParent is { } parent
            ? Metrics.Source.StartActivity("publish transition", ActivityKind.Producer, parent)
            : null;
        activity?.SetTag("event_segmentation.segment", message.SegmentKey);
        activity?.SetTag("event_segmentation.kind", message.Kind);
        activity?.SetTag("event_segmentation.cause", message.Cause);

        var properties = new BasicProperties
        {
            ContentType = "application/json",
            MessageId = message.TransitionId.ToString(),
            Type = message.Kind,
            Persistent = true,
        };
        if (activity is not null)
            properties.Headers = new Dictionary<string, object?> { ["traceparent"] = activity.Id };
        var body = JsonSerializer.SerializeToUtf8Bytes(message, TransitionJson.Default.SegmentTransition);
        var plain = channel.BasicPublishAsync(
            BrokerNames.TransitionsExchange, $"{message.Kind}.{message.SegmentKey}", mandatory: false, properties, body, cancellationToken);
        var typed = message.Kind == TransitionKind.Entered
            ? bus.Current.Publish(new SegmentEntered(message), context => context.MessageId = message.TransitionId, cancellationToken)
            : bus.Current.Publish(new SegmentExited(message), context => context.MessageId = message.TransitionId, cancellationToken);
        await Task.WhenAll(plain.AsTask(), typed);
    }

    private async Task<IChannel> ChannelAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true })
            return _channel;
        await DisposeAsync();
        await InTimeAsync(async limit => _connection = await BrokerConnection.OpenAsync(options, "segmentation relay", limit), cancellationToken);

        // The client's own limiter refuses what is over its limit instead of letting it wait; a batch is the limit here.
        var confirmed = new CreateChannelOptions(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);
        await InTimeAsync(async limit => _channel = await _connection!.CreateChannelAsync(confirmed, limit), cancellationToken);
        return _channel!;
    }
}

/// <summary>A transition to be published, and the trace that it carries on.</summary>
internal sealed record OutgoingTransition(SegmentTransition Message, string? TraceParent);
