using System.Collections.Concurrent;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>
/// One connection for submissions, from connecting to its end. It does not mend itself: when anything is
/// wrong it is <see cref="Closed"/>, and the intake opens the next one.
/// <para>
/// The client ends the connection at a message whose properties it cannot decode, and nobody is told which one it was. The broker counts how often each
/// unacknowledged message came back, and sets it aside when that was too often. So that this befalls the guilty one alone, submissions
/// come one at a time until as many have been acknowledged as may be in work at one time: by then everything is past that came back with it.
/// </para>
/// </summary>
internal sealed class SubmitConnection : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _deliveries;
    private readonly TimeSpan _confirmTimeout;
    private readonly int _prefetch;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _consumers = new();
    private AsyncEventHandler<BasicDeliverEventArgs>? _handler;
    private int _acknowledged;

    private SubmitConnection(IConnection connection, IChannel deliveries, IChannel refusals, IngestionOptions options)
    {
        (_connection, _deliveries, _confirmTimeout, _prefetch) = (connection, deliveries, options.ConfirmTimeout, options.Prefetch);
        Refused = new RefusedQueue(refusals, options.ConfirmTimeout);
        deliveries.ChannelShutdownAsync += OnShutdownAsync;
        refusals.ChannelShutdownAsync += OnShutdownAsync;
        connection.ConnectionShutdownAsync += OnShutdownAsync;
    }

    /// <summary>Completes with the reason when the connection cannot be used any more.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>True if the client ended it, because it could not decode what the broker delivered.</summary>
    public bool IsEndedByMessage { get; private set; }

    public bool HasAcknowledged => Volatile.Read(ref _acknowledged) > 0;

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
            return new SubmitConnection(connection, deliveries, refusals, options);
        }
        catch
        {
            await BrokerConnection.GiveUpAsync(connection);
            throw;
        }
    }

    /// <summary>Begins to deliver. Deliveries come one after the other; a body is valid until its handler returns.</summary>
    public Task ConsumeAsync(AsyncEventHandler<BasicDeliverEventArgs> handler, CancellationToken cancellationToken)
    {
        _handler = handler;
        return ConsumeAsync(prefetch: 1, cancellationToken);
    }

    /// <summary>Throws if the broker does not take it in time.</summary>
    public async Task AcknowledgeAsync(ulong deliveryTag)
    {
        await _deliveries.BasicAckAsync(deliveryTag, multiple: false).AsTask().WaitAsync(_confirmTimeout);

        // The first consumer goes on with one at a time.
        if (Interlocked.Increment(ref _acknowledged) == _prefetch && _prefetch > 1)
            await ConsumeAsync((ushort)(_prefetch - 1), CancellationToken.None);
    }

    /// <summary>No further deliveries; those in work may still be acknowledged.</summary>
    public async Task StopDeliveriesAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var consumer in _consumers)
                await _deliveries.BasicCancelAsync(consumer, noWait: false, cancellationToken);
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

    private async Task ConsumeAsync(ushort prefetch, CancellationToken cancellationToken)
    {
        await _deliveries.BasicQosAsync(prefetchSize: 0, prefetch, global: false, cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(_deliveries);
        consumer.ReceivedAsync += _handler;
        consumer.UnregisteredAsync += (_, _) => End("the broker ended the consumer");
        _consumers.Enqueue(await _deliveries.BasicConsumeAsync(SubmitTopology.Queue, autoAck: false, consumer, cancellationToken));
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs shutdown)
    {
        if (shutdown is { Initiator: ShutdownInitiator.Library, ReplyCode: Constants.SyntaxError })
            IsEndedByMessage = true;
        return End(shutdown.ReplyText);
    }
}
