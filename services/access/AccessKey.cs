using System.Security.Cryptography;
using System.Text;

namespace EventSegmentation.Access;

/// <summary>A key as it is kept: by its hash, so that neither settings nor memory give it away.</summary>
/// <param name="Name">Who holds it, as logs and versions say. Two keys may have one name, so that one can follow the other.</param>
/// <param name="Hash">SHA-256 of the key's UTF-8. Keys are random and long, so guessing one from its hash is as hopeless as guessing it outright, and a slow hash would only slow the calls.</param>
public sealed record AccessKey(string Name, KeyScope Scope, ReadOnlyMemory<byte> Hash)
{
    /// <summary>The event types that a write key may send; null for all of them.</summary>
    public IReadOnlySet<string>? EventTypes { get; init; }

    /// <summary>The hash by which a key is kept.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
