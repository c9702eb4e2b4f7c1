using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Ingestion;

/// <summary>Connections of the plain client, which do not mend themselves: whoever holds one opens the next.</summary>
internal static class BrokerConnection
{
    /// <summary>The longest that giving one up may take.</summary>
    public static readonly TimeSpan GiveUpLimit = TimeSpan.FromSeconds(5);

    /// <summary>Opens a connection under a name that the broker shows.</summary>
    public static Task<IConnection> OpenAsync(IngestionOptions options, string name, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(options.Broker),
            ClientProvidedName = name,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = options.ConfirmTimeout,
            ContinuationTimeout = options.ConfirmTimeout,
            MaxInboundMessageBodySize = uint.MaxValue,
        };

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

    /// <summary>True if a connection that fails so may succeed the next time.</summary>
    public static bool IsFailure(Exception failure) =>
        failure is RabbitMQClientException or IOException or SocketException or TimeoutException or OperationCanceledException or AuthenticationException;
}
