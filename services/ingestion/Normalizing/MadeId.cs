using System.Security.Cryptography;
using System.Text;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>Event ids that ingestion makes for senders that give none.</summary>
internal static class MadeId
{
    /// <summary>A new id: a UUID version 7, so ids sort roughly by time of receipt.</summary>
    public static string New(DateTimeOffset receivedAt) => Guid.CreateVersion7(receivedAt).ToString("D");

    /// <summary>
    /// The id of the event at <paramref name="index"/> in a message whose identity is
    /// <paramref name="messageIdentity"/>: a UUID version 8 over both, the same whenever it is made.
    /// </summary>
    public static string From(ReadOnlySpan<byte> messageIdentity, int index)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Convert.ToHexString(messageIdentity)}/{index}"), hash);
        hash[6] = (byte)(hash[6] & 0x0F | 0x80);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new Guid(hash[..16], bigEndian: true).ToString("D");
    }
}
