using EventSegmentation.Contracts;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Takes what the broker sets aside because it came back too often.</summary>
internal sealed class UnreadableTap(RawClient client) : IDisposable
{
    private readonly List<RawMessage> _taken = [];

    public int Count => _taken.Count;

    public static async Task<UnreadableTap> OpenAsync(Uri broker) => new(await RawClient.OpenAsync(broker));

    /// <summary>Takes what is there by now.</summary>
    public async Task TakeAsync()
    {
        while (await client.TakeAsync(BrokerNames.UnreadableQueue) is { } message)
            _taken.Add(message);
    }

    /// <summary>How many have this message id and this body, and say that it was for their returns.</summary>
    public int With(byte[] messageId, byte[] body) =>
        _taken.Count(message => message.Has(messageId) && message.Has("delivery_limit"u8) && message.Body.AsSpan().SequenceEqual(body));

    public void Dispose() => client.Dispose();
}
