namespace EventSegmentation.Ingestion.Publishing;

/// <summary>What became of the events of one request. They are published together or not at all.</summary>
internal enum PublishOutcome
{
    /// <summary>The broker has them.</summary>
    Confirmed,

    /// <summary>Too many events wait already; none of these was taken.</summary>
    Busy,

    /// <summary>The broker did not confirm in time. It may have them nevertheless; event ids make a retry harmless.</summary>
    Unavailable,
}
