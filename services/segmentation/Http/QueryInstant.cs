using System.Globalization;

namespace EventSegmentation.Segmentation.Http;

/// <summary>Reads instants from addresses.</summary>
internal static class QueryInstant
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>An ISO date-time; UTC without an offset. A plus that the address does not escape comes as a blank and is understood.</summary>
    public static bool TryRead(string text, out DateTimeOffset instant)
    {
        var isRead = DateTimeOffset.TryParseExact(
            text.Replace(' ', '+'), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);
        instant = instant.TruncateToMicroseconds();
        return isRead;
    }
}
