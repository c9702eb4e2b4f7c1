using System.Net.Security;
using RabbitMQ.Client;

namespace EventSegmentation.Segmentation;

/// <summary>Connections of the plain client, which do not mend themselves: whoever holds one opens the next.</summary>
internal static class BrokerConnection
{
    /// <summary>The longest that giving one up may take.</summary>
    public static readonly TimeSpan GiveUpLimit = TimeSpan.FromSeconds(5);

    /// <summary>Opens a connection under a name that the broker shows.</summary>
    public static Task<IConnection> OpenAsync(SegmentationOptions options, string name, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = new(options.Broker), ClientProvidedName = name, AutomaticRecoveryEnabled = false };

        // An amqps address by itself makes the client take a certificate for any name.
        factory.Ssl.ServerName = factory.HostName;
        factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.None;
        return factory.CreateConnectionAsync(cancellationToken);
    }

    /// <summary>
    /// Gives a connection up, with its channels. Returns after <see cref="GiveUpLimit"/> at the latest: the client can wait
    /// forever for the goodbye of a broker that is gone.
    /// </summary>
    public static async Task GiveUpAsync(IConnection connection) =>
        await connection.DisposeAsync().AsTask().WaitAsync(GiveUpLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
