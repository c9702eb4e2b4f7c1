using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>
/// One connection for submissions, from connecting to its end. It does not mend itself: when anything is
/// wrong it is <see cref="Closed"/>, and the intake opens the next one.
/// </summary>
internal sealed class SubmitConnection : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _deliveries;
    private readonly TimeSpan _confirmTimeout;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _consumerTag;

    private SubmitConnection(IConnection connection, IChannel deliveries, IChannel refusals, TimeSpan confirmTimeout)
    {
        (_connection, _deliveries, _confirmTimeout) = (connection, deliveries, confirmTimeout);
        Refused = new RefusedQueue(refusals, confirmTimeout);
        deliveries.ChannelShutdownAsync += OnShutdownAsync;
        refusals.ChannelShutdownAsync += OnShutdownAsync;
        connection.ConnectionShutdownAsync += OnShutdownAsync;
    }

    /// <summary>Completes with the reason when the connection cannot be used any more.</summary>
    public Task<string> Closed => _closed.Task;

    public RefusedQueue Refused { get; }

    /// <summary>Connects and declares the topology.</summary>
    public static async Task<SubmitConnection> OpenAsync(IngestionOptions options, CancellationToken cancellationToken)
    {
        var connection = await BrokerConnection.OpenAsync(options, "event-segmentation-ingestion-submissions", cancellationToken);
        try
        {
            var deliveries = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            var refusals = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            await SubmitTopology.DeclareAsync(deliveries, cancellationToken);
            await deliveries.BasicQosAsync(prefetchSize: 0, options.Prefetch, global: false, cancellationToken);
            return new SubmitConnection(connection, deliveries, refusals, options.ConfirmTimeout);
        }
        catch
        {
            await BrokerConnection.GiveUpAsync(connection);
            throw;
        }
    }

    /// <summary>Begins to deliver. Deliveries come one after the other; a body is valid until its handler returns.</summary>
    public async Task ConsumeAsync(AsyncEventHandler<BasicDeliverEventArgs> handler, CancellationToken cancellationToken)
    {
        var consumer = new AsyncEventingBasicConsumer(_deliveries);
        consumer.ReceivedAsync += handler;
        consumer.UnregisteredAsync += (_, _) => End("the broker ended the consumer");
        _consumerTag = await _deliveries.BasicConsumeAsync(SubmitTopology.Queue, autoAck: false, consumer, cancellationToken);
    }

    /// <summary>Throws if the broker does not take it in time.</summary>
    public Task AcknowledgeAsync(ulong deliveryTag) => _deliveries.BasicAckAsync(deliveryTag, multiple: false).AsTask().WaitAsync(_confirmTimeout);

    /// <summary>No further deliveries; those in work may still be acknowledged.</summary>
    public async Task StopDeliveriesAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_consumerTag is { } tag)
                await _deliveries.BasicCancelAsync(tag, noWait: false, cancellationToken);
        }
        catch (Exception failure) when (failure is RabbitMQClientException or OperationCanceledException)
        {
            await End(failure.Message);
        }
    }

    /// <summary>Gives the connection up, so that what is unacknowledged is delivered again.</summary>
    public Task End(string reason)
    {
        _closed.TrySetResult(reason);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _closed.TrySetResult("closed");
        await BrokerConnection.GiveUpAsync(_connection);
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs shutdown) => End(shutdown.ReplyText);
}
