namespace EventSegmentation.Segmentation.Streams;

/// <summary>Statements whose time grows with the number of contacts, or with the length of a history.</summary>
internal static class LongWork
{
    /// <summary>
    /// The timeout of such a command: none. One that ran out of time would be taken for an outage and tried again from the
    /// start, for ever; a lost connection ends it all the same.
    /// </summary>
    public const int WithoutTimeout = 0;
}
