using System.Text;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Telemetry;
using Polly;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Segmentation.History;

/// <summary>A message that was set aside, because something in it could not be stored or it was not understood.</summary>
/// <param name="Queue">The queue from which it came, and to which it goes when it is sent again.</param>
/// <param name="MessageId">The id of the message, null if it has none.</param>
/// <param name="Reason">Why, in the words of what failed last; null if nobody said.</param>
/// <param name="Since">When it was set aside, as the broker's client noted it; null if nobody did.</param>
/// <param name="Bytes">The length of its body.</param>
internal sealed record SetAsideMessage(string Queue, string? MessageId, string? Reason, string? Since, int Bytes);

/// <summary>What was sent again of one queue.</summary>
/// <param name="Left">How many lie aside still, at that moment.</param>
internal sealed record ResentQueue(string Queue, int Resent, long Left);

/// <summary>
/// The messages that MassTransit set aside: beside each queue, in one of the same name with <c>_error</c>, or <c>_skipped</c> for what nobody
/// understood. One by one they are sent again and taken off there only once the broker has confirmed that: should this process or the broker end in
/// between, a message is there twice, and its events are stored once.
/// </summary>
internal sealed class SetAsideQueues(SegmentationOptions options, Metrics metrics, TimeProvider time)
{
    /// <summary>The most messages that one call sends again.</summary>
    public const int MaxResent = 1_000;

    /// <summary>The most messages that are listed.</summary>
    public const int MaxListed = 50;

    /// <summary>How often it is tried again to reach the broker, before the caller is told that it is away.</summary>
    public const int MaxConnects = 3;

    /// <summary>How often it is looked whether messages that were read lie in their queue again, before the caller is answered all the same.</summary>
    public const int MaxReturnLooks = 40;

    /// <summary>The rest between two such looks.</summary>
    public static readonly TimeSpan ReturnPause = TimeSpan.FromMilliseconds(25);

    /// <summary>The longest that one look, or one message, may take.</summary>
    public static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);

    /// <summary>The queues beside which messages are set aside.</summary>
    public static readonly IReadOnlyList<string> Queues = [BrokerNames.NormalizedQueue, BrokerNames.ImportsQueue, BrokerNames.RefusalsQueue];

    private const string Reason = "MT-Fault-Message";
    private const string Since = "MT-Fault-Timestamp";

    private static readonly string[] Asides = ["_error", "_skipped"];

    // A broker that has just restarted; who calls waits for it no longer than this takes.
    private readonly ResiliencePipeline _connecting = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(OutageRetry.Of("set aside", exception => exception is BrokerUnreachableException, TimeSpan.FromSeconds(1), metrics, MaxConnects))
        .AddTimeout(StepLimit)
        .Build();

    /// <summary>The first of what lies aside, without taking it.</summary>
    public Task<IReadOnlyList<SetAsideMessage>> ListAsync(int limit, CancellationToken cancellationToken) => ConnectedAsync<IReadOnlyList<SetAsideMessage>>(
        async connection =>
        {
            var found = new List<SetAsideMessage>();
            foreach (var queue in Queues)
            {
                foreach (var aside in Asides)
                {
                    await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
                    var (count, last) = (await CountAsync(connection, queue + aside, cancellationToken), 0UL);
                    for (var left = count; left > 0 && found.Count < limit; left--)
                    {
                        if (await channel.BasicGetAsync(queue + aside, autoAck: false, cancellationToken) is not { } message)
                            break;
                        last = message.DeliveryTag;
                        found.Add(new(queue, message.BasicProperties.MessageId, Header(message, Reason), Header(message, Since), message.Body.Length));
                    }

                    if (last > 0)
                        await GiveBackAsync(channel, queue + aside, last, count, cancellationToken);
                }
            }

            return found;
        },
        cancellationToken);

    /// <summary>Sends what lies aside of a queue again, the oldest first. What comes aside anew meanwhile waits for the next call.</summary>
    public Task<ResentQueue> ResendAsync(string queue, int limit, CancellationToken cancellationToken) => ConnectedAsync(
        async connection =>
        {
            var confirmed = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
            await using var channel = await connection.CreateChannelAsync(confirmed, cancellationToken);
            var (resent, left) = (0, 0L);
            foreach (var aside in Asides)
            {
                var count = await CountAsync(connection, queue + aside, cancellationToken);
                for (var waiting = count; waiting > 0 && resent < limit; waiting--, count--, resent++)
                {
                    if (await channel.BasicGetAsync(queue + aside, autoAck: false, cancellationToken) is not { } message)
                        break;
                    await ResendAsync(channel, queue, message, cancellationToken);
                }

                left += count;
            }

            return new ResentQueue(queue, resent, left);
        },
        cancellationToken);

    // The broker takes them back in its own time, and whoever sent them again meanwhile would find none.
    private async Task GiveBackAsync(IChannel channel, string queue, ulong last, long count, CancellationToken cancellationToken)
    {
        await channel.BasicNackAsync(last, multiple: true, requeue: true, cancellationToken);
        for (var look = 0; look < MaxReturnLooks && (await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).MessageCount < count; look++)
            await Task.Delay(ReturnPause, time, cancellationToken);
    }

    // Through the exchange of the queue's name, which is all that this service may write to.
    private static async Task ResendAsync(IChannel channel, string queue, BasicGetResult message, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StepLimit);
        var properties = new BasicProperties(message.BasicProperties) { Persistent = true };
        properties.Headers = properties.Headers?.Where(header => !IsOfFault(header.Key)).ToDictionary(header => header.Key, header => header.Value);
        await channel.BasicPublishAsync(exchange: queue, routingKey: "", mandatory: true, properties, message.Body, limit.Token);
        await channel.BasicAckAsync(message.DeliveryTag, multiple: false, limit.Token);
    }

    private static bool IsOfFault(string header) =>
        header.StartsWith("MT-Fault-", StringComparison.Ordinal) || header is "MT-Reason" or "x-delivery-count";

    // On a channel of its own, because the broker closes the one on which somebody asks for a queue that there is not.
    private static async Task<long> CountAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).MessageCount;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return 0;
        }
    }

    private static string? Header(BasicGetResult message, string name) =>
        message.BasicProperties.Headers?.TryGetValue(name, out var value) == true && value is byte[] text ? Encoding.UTF8.GetString(text) : null;

    private async Task<T> ConnectedAsync<T>(Func<IConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var connection = await _connecting.ExecuteAsync(
            async limit => await BrokerConnection.OpenAsync(options, "segmentation set aside", limit), cancellationToken);
        try
        {
            return await work(connection);
        }
        finally
        {
            await BrokerConnection.GiveUpAsync(connection);
        }
    }
}
