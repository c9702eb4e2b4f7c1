using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Sample.Services;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Sample.Transitions;

/// <summary>
/// Receives every transition over a queue of its own, which ends with it. So it misses what happens while it is not
/// connected; an application that must not would keep a durable queue.
/// </summary>
internal sealed class Subscriber : IAsyncDisposable
{
    /// <summary>The most messages on their way here that are not yet acknowledged.</summary>
    public const ushort Prefetch = 500;

    private const string Everything = "#";

    private static readonly TimeSpan ExchangeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExchangePause = TimeSpan.FromMilliseconds(500);

    private readonly IConnection _connection;
    private readonly TimeProvider _time;

    private Subscriber(IConnection connection, TimeProvider time) => (_connection, _time) = (connection, time);

    /// <summary>Connects, and returns once nothing that is published from then on is missed.</summary>
    /// <param name="broker">The address with user, password and virtual host.</param>
    /// <param name="time">Says when a message came.</param>
    /// <param name="receive">Takes the transitions, one after the other.</param>
    /// <param name="tell">Takes a line for the person who watches.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SampleFault">The broker cannot be reached, or has no such exchange.</exception>
    public static async Task<Subscriber> StartAsync(
        Uri broker, TimeProvider time, Action<ReceivedTransition> receive, Action<string> tell, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = broker, ClientProvidedName = "fitness sample" };
        var place = $"RabbitMQ, {broker.Host}:{broker.Port}";
        try
        {
            var subscriber = new Subscriber(await factory.CreateConnectionAsync(cancellationToken), time);
            subscriber._connection.ConnectionShutdownAsync += (_, reason) =>
            {
                if (reason.Initiator != ShutdownInitiator.Application)
                    tell($"{place}: the connection is lost; transitions are missed until it is back …");
                return Task.CompletedTask;
            };
            subscriber._connection.RecoverySucceededAsync += (_, _) =>
            {
                tell($"{place}: connected again.");
                return Task.CompletedTask;
            };
            await subscriber.WaitForExchangeAsync(cancellationToken);
            await subscriber.ConsumeAsync(receive, tell, cancellationToken);
            return subscriber;
        }
        catch (BrokerUnreachableException exception)
        {
            throw new SampleFault(exception.InnerException is AuthenticationFailureException
                ? $"{place} does not accept the user of AMQP_URL. `make up` writes a right one to .run/endpoints.env."
                : $"{place} cannot be reached. `make up` starts it.");
        }
        catch (OperationInterruptedException exception)
        {
            throw new SampleFault($"{place} refused the subscription: {exception.ShutdownReason?.ReplyText ?? "no reason given"}");
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // Segmentation declares the exchange, and a subscriber may not. A passive declaration only asks whether it is
    // there; the broker answers no by closing the channel.
    private async Task WaitForExchangeAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
            try
            {
                await channel.ExchangeDeclarePassiveAsync(BrokerNames.TransitionsExchange, cancellationToken);
                return;
            }
            catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                if (_time.GetElapsedTime(started) > ExchangeLimit)
                    throw new SampleFault($"RabbitMQ has no exchange '{BrokerNames.TransitionsExchange}' after {ExchangeLimit.TotalSeconds} s. Segmentation declares it when it starts; its log lies in .run/logs.");
            }

            await Task.Delay(ExchangePause, _time, cancellationToken);
        }
    }

    private async Task ConsumeAsync(Action<ReceivedTransition> receive, Action<string> tell, CancellationToken cancellationToken)
    {
        var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.BasicQosAsync(0, Prefetch, global: false, cancellationToken);
        var queue = await channel.QueueDeclareAsync(
            queue: "", durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue.QueueName, BrokerNames.TransitionsExchange, Everything, cancellationToken: cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            if (Read(message.Body.Span) is { } transition)
                receive(new(transition, message.BasicProperties.MessageId, message.RoutingKey, _time.GetUtcNow()));
            else
                tell($"A message under {message.RoutingKey} is no transition.");
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: false, consumer, cancellationToken);
    }

    private static SegmentTransition? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, SampleJson.Default.SegmentTransition);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
