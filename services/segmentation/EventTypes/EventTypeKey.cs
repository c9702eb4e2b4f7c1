using System.Buffers;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>What an event type may be called.</summary>
internal static class EventTypeKey
{
    public const int MaxLength = 100;

    private const string Forbidden = "<>;'\\/|\"`^?!,";

    private static readonly SearchValues<char> ForbiddenCharacters = SearchValues.Create(Forbidden);

    /// <summary>What is wrong with a key; null if nothing is.</summary>
    public static string? Error(string key)
    {
        var length = key.EnumerateRunes().Count();
        if (length is 0 or > MaxLength)
            return $"An event type has 1 to {MaxLength} characters; this one has {length}.";
        var found = key.AsSpan().IndexOfAny(ForbiddenCharacters);
        if (found >= 0)
            return $"An event type has none of {string.Join(' ', Forbidden.ToCharArray())}; this one has {key[found]}.";
        return key.Any(char.IsControl) ? "An event type has no control characters." : null;
    }
}
