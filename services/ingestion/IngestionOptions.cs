using EventSegmentation.Access;

namespace EventSegmentation.Ingestion;

/// <summary>
/// The settings of ingestion, section <c>Ingestion</c> (environment: <c>Ingestion__Broker</c>,
/// <c>Ingestion__WriteKeys__0</c>, …). Read and checked once at start; a wrong one stops the start and
/// names itself. The limits of events are no settings: see <see cref="Normalizing.IntakeLimits"/>.
/// </summary>
internal sealed record IngestionOptions
{
    public const string Section = "Ingestion";

    /// <summary>The broker: <c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c> with a certificate that this machine trusts. Required.</summary>
    public string Broker { get; init; } = "";

    /// <summary>
    /// The keys by which senders may write, each <c>NAME:sha256:HASH</c>, or in clear <c>NAME:KEY</c> or <c>KEY</c>. At least one, here or in
    /// <see cref="KeysFile"/>, unless <see cref="RequireKey"/> is false.
    /// </summary>
    public IReadOnlyList<string> WriteKeys { get; init; } = [];

    /// <summary>A file of further keys, which is read again when it changes: <see cref="KeyDocument"/>. Empty for none.</summary>
    public string KeysFile { get; init; } = "";

    /// <summary>False accepts events from anybody who reaches the port.</summary>
    public bool RequireKey { get; init; } = true;

    /// <summary>Requests per second and key that are let in for long; as many again may come in one burst. 1 to 1,000,000.</summary>
    public int RequestsPerSecond { get; init; } = 10_000;

    /// <summary>Connections at one time; a further one is closed at once. 1 to 100,000.</summary>
    public int MaxConnections { get; init; } = 5_000;

    /// <summary>How long the first event of a batch waits for others while messages are in flight. 0 to 1 second; longer means fewer messages and later answers.</summary>
    public TimeSpan GatherWindow { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The most events in one published message. 1 to 500. A request that holds more is published as one message all the same.</summary>
    public int MaxBatch { get; init; } = EventSegmentation.Contracts.EventsNormalized.MaxEvents;

    /// <summary>A message is closed before the JSON of its events grows over this, in bytes; one request is never split. 1 KB to 10 MB.</summary>
    public int MaxBatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Messages that may wait for the broker's confirm at one time. 1 to 64.</summary>
    public int MaxInFlight { get; init; } = 16;

    /// <summary>Events that may wait to be published and confirmed; more are answered 503. 500 to 1,000,000.</summary>
    public int MaxWaitingEvents { get; init; } = 20_000;

    /// <summary>Bytes of requests that may be read or wait at one time; more are answered 503. 16 MB to 4 GB.</summary>
    public long MaxWaitingBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How long a publish may take until the broker's confirm. 100 ms to 1 minute.</summary>
    public TimeSpan ConfirmTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long requests are answered 503 at once after publishing failed, before the next attempt. 500 ms to 1 minute.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Submissions over AMQP that may be in work at one time. 1 to 1,000.</summary>
    public ushort Prefetch { get; init; } = 100;

    /// <summary>How long to wait before the next attempt to connect for submissions, and to publish one again. 100 ms to 1 minute.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stopping service waits for what it has accepted. 1 second to 5 minutes.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Who may call.</summary>
    internal AccessSettings Access => new(Section, RequireKey, [new(nameof(WriteKeys), KeyScope.Write, "sender", WriteKeys)], KeysFile, KeyScope.Write, RequestsPerSecond);
}
