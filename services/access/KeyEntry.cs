using System.Text.RegularExpressions;

namespace EventSegmentation.Access;

/// <summary>
/// A key as a setting gives it: <c>NAME:sha256:HASH</c>, or in clear as <c>NAME:KEY</c> or <c>KEY</c>. The hash is SHA-256 of
/// the key, in 64 hexadecimal digits.
/// </summary>
public static partial class KeyEntry
{
    /// <summary>The fewest characters of a key that stands in clear: shorter ones can be guessed.</summary>
    public const int MinLength = 16;

    /// <summary>The most characters of a name.</summary>
    public const int MaxNameLength = 50;

    /// <summary>The hexadecimal digits of a hash.</summary>
    public const int HashDigits = 64;

    private const string HashMark = "sha256";

    /// <summary>The key of an entry in which <see cref="Error"/> finds nothing.</summary>
    /// <param name="unnamed">The name of a key that has none.</param>
    public static AccessKey Read(string entry, KeyScope scope, string unnamed) => entry.Split(':') switch
    {
        [var name, HashMark, var hash] => new(name, scope, Convert.FromHexString(hash)),
        [var name, var key] => new(name, scope, AccessKey.HashOf(key)),
        _ => new(unnamed, scope, AccessKey.HashOf(entry)),
    };

    /// <summary>What is wrong with an entry, without the key itself; null if nothing is.</summary>
    public static string? Error(string? entry) => (entry ?? "").Split(':') switch
    {
        [HashMark, _] => $"is a hash without a name; write NAME:{HashMark}:HASH",
        [var name, HashMark, var hash] => NameError(name) ?? HashError(hash),
        [var name, var key] => NameError(name) ?? KeyError(key),
        [var key] => KeyError(key),
        _ => "has a ':' in the key itself; make one without",
    };

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    public static string? NameError(string name) => NamePattern().IsMatch(name)
        ? null
        : $"has before its first ':' what is no name: 1 to {MaxNameLength} letters, digits, '.', '-' and '_', such as crm-service:KEY";

    /// <summary>What is wrong with a hash; null if nothing is.</summary>
    public static string? HashError(string hash) => hash.Length == HashDigits && hash.All(char.IsAsciiHexDigit)
        ? null
        : $"has a hash that is not {HashDigits} hexadecimal digits; make it with: printf %s \"$key\" | sha256sum";

    // Visible ASCII travels in a header as it is; a colon would end the user name of Basic.
    private static string? KeyError(string key)
    {
        if (key.Length < MinLength)
            return $"is a key of fewer than {MinLength} characters; make a longer one, with: openssl rand -hex 24";
        return key.Any(c => c is <= ' ' or > '~') ? "has characters that are not visible ASCII; make a key with: openssl rand -hex 24" : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,50}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
