using System.Collections.Concurrent;
using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>A parameter as an event showed it.</summary>
/// <param name="Kind">The JSON kind: <c>text</c>, <c>number</c>, <c>boolean</c>, <c>array</c> or <c>object</c>.</param>
/// <param name="Sample">A short single value; null for arrays and objects, and for what identifies a person or looks like an e-mail address.</param>
internal sealed record SeenParameter(string EventType, string Name, string Kind, string? Sample, DateTimeOffset SeenAt);

/// <summary>
/// Remembers which parameters of which types are already in the store, so that an event that shows nothing new
/// costs no write. It may forget; the store does not. Safe for concurrent use.
/// </summary>
internal sealed class ParameterCatalogue
{
    /// <summary>The most parameters remembered; past it the memory starts anew.</summary>
    public const int MaxRemembered = 50_000;

    /// <summary>The longest parameter name that is catalogued, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>The longest sample that is kept whole, in characters.</summary>
    public const int MaxSampleLength = 100;

    /// <summary>How exact "last seen" is.</summary>
    public static readonly TimeSpan LastSeenGrain = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Type, string Name, string Kind), DateTimeOffset> _remembered = new();

    /// <summary>Adds to <paramref name="news"/> what the store does not know yet of an event's parameters.</summary>
    public void Look(
        string eventType, JsonElement parameters, DateTimeOffset seenAt, MatchingRules rules, Dictionary<(string, string, string), SeenParameter> news)
    {
        foreach (var parameter in parameters.EnumerateObject())
        {
            if (parameter.Name.Length > MaxNameLength || Kind(parameter.Value) is not { } kind)
                continue;
            var key = (eventType, parameter.Name, kind);
            if (_remembered.TryGetValue(key, out var last) && seenAt - last < LastSeenGrain)
                continue;
            var identifies = IdentifierTable.Has(parameter.Name) || rules.Names(eventType, parameter.Name);
            news[key] = new(eventType, parameter.Name, kind, identifies ? null : Sample(parameter.Value), seenAt);
        }
    }

    /// <summary>To be called once the news are committed, not before.</summary>
    public void Remember(IEnumerable<SeenParameter> committed)
    {
        if (_remembered.Count > MaxRemembered)
            _remembered.Clear();
        foreach (var seen in committed)
            _remembered[(seen.EventType, seen.Name, seen.Kind)] = seen.SeenAt;
    }

    private static string? Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "text",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        _ => null,
    };

    /// <summary>The sample of a value: a single value as text, cut to <see cref="MaxSampleLength"/>; null of lists and objects.</summary>
    public static string? Sample(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        if (text is null || text.Contains('@'))
            return null;
        if (text.Length <= MaxSampleLength)
            return text;

        // Not between the halves of a surrogate pair: the store takes whole characters only.
        var end = char.IsHighSurrogate(text[MaxSampleLength - 1]) ? MaxSampleLength - 1 : MaxSampleLength;
        return text[..end];
    }
}
