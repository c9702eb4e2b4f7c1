using System.Security.Cryptography;
using System.Text;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>Makes the <c>uuid</c> under which the store keeps something from the text that names it.</summary>
internal static class EventIdentity
{
    /// <summary>The same text always gives the same id (a UUID of version 8 over SHA-256), so that a unique index finds repeats.</summary>
    public static Guid Of(string eventId)
    {
        var size = Encoding.UTF8.GetByteCount(eventId);
        Span<byte> text = size <= 512 ? stackalloc byte[size] : new byte[size];
        Encoding.UTF8.GetBytes(eventId, text);
        return Of(text);
    }

    /// <inheritdoc cref="Of(string)"/>
    public static Guid Of(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
