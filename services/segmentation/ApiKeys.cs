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
    /// <summary>The name of who changes things by a key that has none, or without a key where none is needed.</summary>
    public const string AdminName = "admin";

    /// <summary>The name of who reads by a key that has none.</summary>
    public const string ReaderName = "reader";

    private readonly KnownKey[] _keys =
    [
        .. options.AdminKeys.Select(entry => Known(entry, KeyScope.Admin, AdminName)),
        .. options.ReadKeys.Select(entry => Known(entry, KeyScope.Read, ReaderName)),
    ];

    private readonly Caller _unknown = options.RequireKey ? new(KeyScope.None, "nobody") : new(KeyScope.Admin, AdminName);

    /// <summary>
    /// Who sends the <c>Authorization</c> header: <c>Bearer KEY</c>, or <c>Basic</c> with the key as user name. Where no key is
    /// needed everybody may change things, under the name of the key if one is given all the same.
    /// </summary>
    public Caller Caller(string? authorization)
    {
        if (Key(authorization) is not { } key)
            return _unknown;
        var hash = Hash(key);
        var caller = _unknown;
        // All of them are looked at, whichever it is; the first that fits counts.
        foreach (var known in _keys)
            caller = CryptographicOperations.FixedTimeEquals(known.Hash, hash) && ReferenceEquals(caller, _unknown) ? known.Caller : caller;
        return options.RequireKey ? caller : caller with { Scope = KeyScope.Admin };
    }

    private static KnownKey Known(string entry, KeyScope scope, string unnamed)
    {
        var (name, key) = NamedKey.Read(entry);
        return new(Hash(key), new(scope, name ?? unnamed));
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

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private sealed record KnownKey(byte[] Hash, Caller Caller);
}
