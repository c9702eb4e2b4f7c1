using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventSegmentation.Access;

/// <summary>What one connection and one request may take of the server, before anybody knows who it is. All are inclusive.</summary>
public static class ServerLimits
{
    /// <summary>The first line of a request, in bytes: method, address and version.</summary>
    public const int RequestLineBytes = 8 * 1024;

    /// <summary>All headers of a request, in bytes.</summary>
    public const int HeaderBytes = 16 * 1024;

    /// <summary>The headers of a request.</summary>
    public const int Headers = 64;

    /// <summary>Requests at one time on one connection of HTTP/2.</summary>
    public const int StreamsPerConnection = 100;

    /// <summary>The slowest that a body may come, and an answer be taken, in bytes a second, once <see cref="SlowGrace"/> is over.</summary>
    public const int SlowestBytesPerSecond = 240;

    /// <summary>How long a request may take to send its headers.</summary>
    public static readonly TimeSpan HeadersTime = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may be idle.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(130);

    /// <summary>How long a body or an answer may be slower than <see cref="SlowestBytesPerSecond"/>.</summary>
    public static readonly TimeSpan SlowGrace = TimeSpan.FromSeconds(5);

    /// <summary>Sets them.</summary>
    /// <param name="connections">Connections at one time; a further one is closed at once.</param>
    /// <param name="bodyBytes">The largest body; a call may have a limit of its own.</param>
    public static void Apply(KestrelServerOptions kestrel, int connections, long bodyBytes)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = connections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = bodyBytes;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestHeadersTotalSize = HeaderBytes;
        limits.MaxRequestHeaderCount = Headers;
        limits.RequestHeadersTimeout = HeadersTime;
        limits.KeepAliveTimeout = IdleTime;
        limits.MinRequestBodyDataRate = new(SlowestBytesPerSecond, SlowGrace);
        limits.MinResponseDataRate = new(SlowestBytesPerSecond, SlowGrace);
        limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        limits.Http2.MaxRequestHeaderFieldSize = HeaderBytes;
    }
}
