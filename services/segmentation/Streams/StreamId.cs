using System.Globalization;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>A contact's stream is named by the decimal text of the contact's id, which is also its id outside.</summary>
internal static class StreamId
{
    public static string Of(long contact) => contact.ToString(CultureInfo.InvariantCulture);

    /// <summary>The contact of a stream; throws <see cref="FormatException"/> for a stream of another kind.</summary>
    public static long Contact(string stream) => long.Parse(stream, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Reads a contact id that came from outside: only the text that <see cref="Of"/> writes is one.</summary>
    public static bool TryContact(string text, out long contact) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out contact) && Of(contact) == text;
}
