namespace EventSegmentation.Segmentation;

/// <summary>Time has a resolution of one microsecond everywhere: in the store, in conditions and in messages.</summary>
internal static class Instants
{
    /// <summary>Cuts finer digits off.</summary>
    public static DateTimeOffset TruncateToMicroseconds(this DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
