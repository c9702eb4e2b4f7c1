using EventSegmentation.Contracts;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Publishes submissions, over a new connection after each that the broker refuses.</summary>
internal sealed class KeptPublisher(Uri broker) : IDisposable
{
    private RawClient? _open;

    /// <summary>True if the broker has the message.</summary>
    public async Task<bool> PublishAsync(byte[] properties, byte[] body)
    {
        _open ??= await RawClient.OpenAsync(broker);
        if (await _open.PublishAsync(BrokerNames.SubmitExchange, properties, body))
            return true;
        Dispose();
        return false;
    }

    public void Dispose()
    {
        _open?.Dispose();
        _open = null;
    }
}
