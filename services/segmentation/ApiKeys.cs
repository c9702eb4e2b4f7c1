using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace EventSegmentation.Segmentation;

/// <summary>What a key allows.</summary>
internal enum KeyScope
{
    /// <summary>Nothing: there is no key, or it is unknown.</summary>
    None,

    /// <summary>To read.</summary>
    Read,

    /// <summary>To read and to change.</summary>
    Admin,
}

/// <summary>Knows the installation's keys. They are kept as hashes and compared in constant time.</summary>
internal sealed class ApiKeys(SegmentationOptions options)
{
    /// <summary>The name by which facts say who asked for a change. Keys have no names of their own yet.</summary>
    public const string AdminName = "admin";

    private readonly byte[][] _read = [.. options.ReadKeys.Select(Hash)];
    private readonly byte[][] _admin = [.. options.AdminKeys.Select(Hash)];

    /// <summary>What the <c>Authorization</c> header allows: <c>Bearer KEY</c>, or <c>Basic</c> with the key as user name.</summary>
    public KeyScope Scope(string? authorization)
    {
        if (!options.RequireKey)
            return KeyScope.Admin;
        if (Key(authorization) is not { } key)
            return KeyScope.None;
        var hash = Hash(key);
        return IsAmong(_admin, hash) ? KeyScope.Admin : IsAmong(_read, hash) ? KeyScope.Read : KeyScope.None;
    }

    private static string? Key(string? authorization)
    {
        const string bearer = "Bearer ";
        const string basic = "Basic ";
        if (authorization is null)
            return null;
        if (authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase))
            return authorization[bearer.Length..].Trim();
        if (!authorization.StartsWith(basic, StringComparison.OrdinalIgnoreCase))
            return null;
        var encoded = authorization[basic.Length..].Trim();
        if (!Base64.IsValid(encoded))
            return null;
        return Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Split(':', 2)[0];
    }

    private static bool IsAmong(byte[][] known, byte[] hash)
    {
        var found = false;
        foreach (var one in known)
            found |= CryptographicOperations.FixedTimeEquals(one, hash);
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
