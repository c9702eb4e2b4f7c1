using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>
/// The limits of one event and of one request. They are part of the contract with senders, so they are
/// constants and not settings: two installations accept the same events. All are inclusive.
/// </summary>
internal static class IntakeLimits
{
    public const int EventTypeCharacters = 100;

    public const int KeyValueCharacters = 300;

    public const int EventIdCharacters = 100;

    /// <summary>20 KB: UTF-8 bytes of one event as it was sent, from its first brace to its last.</summary>
    public const int EventBytes = 20 * 1024;

    public const int EventsPerRequest = EventsNormalized.MaxEvents;

    /// <summary>Objects and arrays inside one another in the params, the params object being the first.</summary>
    public const int ParamsDepth = 32;

    /// <summary>
    /// Digits of a number written out in full, without exponent. Every IEEE double fits (5e-324 takes 325,
    /// its longest form 341). The store keeps numbers that way, so that ten bytes of <c>1e99999999</c> must not come in.
    /// </summary>
    public const int NumberDigits = 400;

    /// <summary>A text that names an instant; longer is no instant.</summary>
    public const int InstantCharacters = 64;

    /// <summary>Errors reported for one event; the sender fixes these first.</summary>
    public const int ErrorsPerEvent = 10;

    /// <summary>The body of a single event: the event and some room for white space around it.</summary>
    public const int SingleRequestBytes = 64 * 1024;

    /// <summary>The body of a batch: the most events of the largest size, and room for what stands around them.</summary>
    public const int BatchRequestBytes = EventsPerRequest * EventBytes + SingleRequestBytes;

    /// <summary>The body that is let run out after it was refused, so that its sender sees the answer; a connection that brings more is cut.</summary>
    public const int DrainedRequestBytes = 3 * BatchRequestBytes;

    /// <summary>
    /// Levels of nesting that are read at all. An event within <see cref="EventBytes"/> cannot reach it, so
    /// only a body that is hostile from the start is refused as a whole by it.
    /// </summary>
    public const int ReadDepth = EventBytes;

    /// <summary>The earliest accepted instant, inclusive. A year of room at both ends of the calendar keeps zone arithmetic of readers from overflowing.</summary>
    public static readonly DateTimeOffset EarliestInstant = new(2, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The end of the accepted instants, exclusive.</summary>
    public static readonly DateTimeOffset EndOfInstants = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
