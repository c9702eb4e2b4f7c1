using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>A backend that publishes over AMQP, with confirms, straight to the broker.</summary>
internal sealed class AmqpSender(Uri broker, Sending sending, Random random) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(900);

    private IConnection? _connection;
    private IChannel? _channel;

    public Task RunAsync(CancellationToken stop) => sending.RunAsync(random, Every, SendAsync, stop);

    public async ValueTask DisposeAsync()
    {
        var connection = _connection;
        (_connection, _channel) = (null, null);
        if (connection is not null)
            await connection.DisposeAsync().AsTask().WaitAsync(Sending.AnswerLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<bool> SendAsync(IReadOnlyList<SentEvent> events)
    {
        try
        {
            await PublishAsync(events).WaitAsync(Sending.AnswerLimit);
            sending.Accepted.Accept(events);
            return true;
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            await DisposeAsync();
            return false;
        }
    }

    private async Task PublishAsync(IReadOnlyList<SentEvent> events)
    {
        _connection ??= await new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync("chaos sender");
        _channel ??= await _connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var properties = new BasicProperties { ContentType = "application/json", Persistent = true };
        await _channel.BasicPublishAsync(BrokerNames.SubmitExchange, "", mandatory: true, properties, SentEvent.Body(events));
    }
}
