using System.Security.Cryptography;

namespace EventSegmentation.Access;

/// <summary>The keys that are good at this moment. Safe for concurrent use.</summary>
/// <param name="settled">The keys of the settings, which stay as long as the process.</param>
/// <param name="openTo">Who calls without a known key where none is needed; null where one is.</param>
public sealed class KeyRing(IReadOnlyList<AccessKey> settled, Caller? openTo)
{
    /// <summary>The name of a caller who gives no key.</summary>
    public const string NoKey = "none";

    /// <summary>The name of a caller whose key is not known.</summary>
    public const string UnknownKey = "unknown";

    private static readonly Caller Unknown = new(KeyScope.None, UnknownKey);
    private static readonly Caller Nobody = new(KeyScope.None, NoKey);

    private volatile AccessKey[] _keys = [.. settled];

    /// <summary>All keys that are good now.</summary>
    public IReadOnlyList<AccessKey> Keys => _keys;

    /// <summary>True if one key stands in two places, so that its scope and name would be a matter of luck.</summary>
    public static bool HasTwins(IEnumerable<AccessKey> keys) => keys.CountBy(key => Convert.ToHexString(key.Hash.Span)).Any(same => same.Value > 1);

    /// <summary>
    /// Who sends this <c>Authorization</c> header. Without a key it is "none", with one that is not known "unknown", and neither may
    /// anything; where no key is needed, everybody may everything, under the name of the key if a known one is given all the same.
    /// Takes the same time whichever key fits, and however much of it.
    /// </summary>
    public Caller Find(string? authorization)
    {
        if (GivenKey.In(authorization) is not { } given)
            return openTo ?? Nobody;
        var hash = AccessKey.HashOf(given);
        AccessKey? found = null;
        foreach (var key in _keys)
            if (CryptographicOperations.FixedTimeEquals(key.Hash.Span, hash))
                found = key;
        if (found is null)
            return openTo ?? Unknown;
        return new(openTo?.Scope ?? found.Scope, found.Name, found);
    }

    /// <summary>Puts these in the place of the keys that came from the file before. Calls that are in work go on.</summary>
    /// <returns>False, and nothing has changed, if one of them is there twice.</returns>
    public bool TryReplace(IReadOnlyList<AccessKey> fromFile)
    {
        AccessKey[] keys = [.. settled, .. fromFile];
        if (HasTwins(keys))
            return false;
        _keys = keys;
        return true;
    }
}
