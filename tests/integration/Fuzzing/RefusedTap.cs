using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Takes what ingestion sets aside, and knows it again by message id, by body and by the marks in it.</summary>
internal sealed class RefusedTap : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly ConcurrentDictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _faults = new();
    private int _count;

    private RefusedTap(IConnection connection) => _connection = connection;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Messages without a reason.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public static async Task<RefusedTap> OpenAsync(Uri broker)
    {
        var connection = await new ConnectionFactory { Uri = broker, ClientProvidedName = "refused" }.CreateConnectionAsync();
        var tap = new RefusedTap(connection);
        var channel = await connection.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            tap.Take(delivery.Body.Span, delivery.BasicProperties);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(BrokerNames.RefusedQueue, autoAck: true, consumer);
        return tap;
    }

    /// <summary>How many have this message id.</summary>
    public int WithId(string messageId) => _byKey.GetValueOrDefault($"id {messageId}");

    /// <summary>How many have this body, byte for byte.</summary>
    public int WithBody(byte[] body) => _byKey.GetValueOrDefault(Key(body));

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private void Take(ReadOnlySpan<byte> body, IReadOnlyBasicProperties properties)
    {
        Interlocked.Increment(ref _count);
        Add(Key(body));
        if (properties.MessageId is { } id)
            Add($"id {id}");
        if (properties.Headers?.TryGetValue(BrokerNames.ProblemHeader, out var problem) != true || problem is not byte[] bytes)
            _faults.Enqueue($"A message was set aside without a reason: {Encoding.UTF8.GetString(body)}");
        else if (JsonElement.Parse(bytes).GetProperty("errors") is var errors && (errors.GetArrayLength() == 0 || errors[0].GetProperty("detail").GetString()!.StartsWith("ingestion failed", StringComparison.Ordinal)))
            _faults.Enqueue($"A message was set aside with {Encoding.UTF8.GetString(bytes)}: {Encoding.UTF8.GetString(body)}");
    }

    private void Add(string key) => _byKey.AddOrUpdate(key, 1, (_, count) => count + 1);

    private static string Key(ReadOnlySpan<byte> body) => $"body {Convert.ToHexString(SHA256.HashData(body))}";
}
