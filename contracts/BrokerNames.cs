namespace EventSegmentation.Contracts;

/// <summary>The names on the broker that others may rely on.</summary>
public static class BrokerNames
{
    /// <summary>Durable fanout exchange: events come in, one HTTP body a message.</summary>
    public const string SubmitExchange = "event-segmentation.submit";

    /// <summary>Durable quorum queue: what was refused, with the reason in <see cref="ProblemHeader"/>.</summary>
    public const string RefusedQueue = "event-segmentation.refused";

    /// <summary>
    /// Durable quorum queue: submissions that came back unacknowledged again and again, as they were sent, with the broker's own <c>x-death</c>. Their
    /// properties are likely to be such that a client cannot decode them, so read it with a client that may fail.
    /// </summary>
    public const string UnreadableQueue = "event-segmentation.submit.unreadable";

    /// <summary>The header of a refused message that holds the problem, as JSON.</summary>
    public const string ProblemHeader = "problem";

    /// <summary>Durable quorum queue: batches of normalized events wait here for segmentation. Both sides declare it, so none is lost whichever starts first.</summary>
    public const string NormalizedQueue = "event-segmentation.normalized";

    /// <summary>Durable quorum queue: batches of past events that are imported wait here for segmentation, apart from live events. Both sides declare it.</summary>
    public const string ImportsQueue = "event-segmentation.imports";

    /// <summary>
    /// Durable quorum queue: what ingestion refused waits here for the event history. Both sides declare it, with
    /// <see cref="MaxRefusals"/> as its length: what is over it pushes the oldest out.
    /// </summary>
    public const string RefusalsQueue = "event-segmentation.refusals";

    /// <summary>The most messages that <see cref="RefusalsQueue"/> holds, its argument <c>x-max-length</c>.</summary>
    public const int MaxRefusals = 10_000;

    /// <summary>Durable topic exchange: transitions go out as plain JSON under <c>entered.{segmentKey}</c> and <c>exited.{segmentKey}</c>.</summary>
    public const string TransitionsExchange = "event-segmentation.transitions";
}
