using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Chaos.Load;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>Messages that cannot be taken in, between messages that can.</summary>
/// <param name="maker">Makes the good neighbours of what is bad.</param>
/// <param name="accepted">Takes those neighbours: they must not suffer.</param>
internal sealed class PoisonFaults(EventMaker maker, AcceptedEvents accepted)
{
    /// <summary>What all that is bad holds, so that it is known again where it was set aside.</summary>
    public const string Mark = "chaos-poison";

    private const string Exchange = "EventSegmentation.Contracts:EventsNormalized";
    private const int Neighbours = 6;
    private int _published;

    /// <summary>How many bad messages the broker has taken for sure.</summary>
    public int Published => _published;

    public IEnumerable<FaultKind> All =>
    [
        new("a poisoned event comes", scene => PublishAsync(scene, "an event that cannot be stored", Poisoned())),
        new("a poisoned message comes", scene => PublishAsync(scene, "a message that is no JSON", ([], Encoding.UTF8.GetBytes($"{Mark} {{")))),
    ];

    private Task PublishAsync(FaultScene scene, string what, (IReadOnlyList<SentEvent> Good, byte[] Body) message) => scene.Stage.AloneAsync(Stage.Broker, async () =>
    {
        scene.Tell(what);
        try
        {
            await using var connection = await new ConnectionFactory { Uri = scene.Stage.Servers.Broker("administrator") }.CreateConnectionAsync();
            await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true, MessageId = Guid.NewGuid().ToString() };
            await channel.BasicPublishAsync(Exchange, "", mandatory: true, properties, message.Body).AsTask().WaitAsync(Sending.AnswerLimit);
            accepted.Accept(message.Good);
            Interlocked.Increment(ref _published);
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException)
        {
            scene.Tell($"nobody knows whether it came: {exception.GetType().Name}");
        }
    });

    // As ingestion would send it, if it let such an event pass: the store has no character for U+0000.
    private (IReadOnlyList<SentEvent> Good, byte[] Body) Poisoned()
    {
        SentEvent[] good = [.. Enumerable.Range(0, Neighbours).Select(_ => maker.Next())];
        accepted.Send(good);
        var now = TimeProvider.System.GetUtcNow();
        var events = good.Select(one => Normalized(one.Id, one.Type, one.OccurredAt ?? now, JsonElement.Parse(one.Params)))
            .Append(Normalized($"{Mark}-{Guid.NewGuid():N}", "AppLogin", now, JsonSerializer.SerializeToElement(new { externalCustomerId = Mark, note = "\0" })));
        var envelope = new
        {
            messageId = Guid.NewGuid(),
            messageType = new[] { "urn:message:EventSegmentation.Contracts:EventsNormalized" },
            message = new { events },
        };
        return (good, JsonSerializer.SerializeToUtf8Bytes(envelope, JsonSerializerOptions.Web));

        NormalizedEvent Normalized(string id, string type, DateTimeOffset occurredAt, JsonElement parameters) =>
            new() { EventId = id, EventType = type, OccurredAt = occurredAt, ReceivedAt = now, Params = parameters };
    }
}
