using System.Globalization;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.History;

/// <summary>What became of an event. The order is that of events of one instant in the history.</summary>
internal enum HistoryState
{
    /// <summary>It is on a contact's stream.</summary>
    Assigned,

    /// <summary>It was accepted and belongs to nobody.</summary>
    Unassigned,

    /// <summary>It was not accepted, or could not be stored.</summary>
    Refused,
}

/// <summary>Which events a caller wants to see; what is null does not matter.</summary>
/// <param name="Contact">The contact's id as text; an id of nobody finds nothing.</param>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
internal sealed record HistoryFilter(string? Type, string? Contact, DateTimeOffset? From, DateTimeOffset? To, HistoryState? State)
{
    /// <summary>The most characters of a wrong value that a refusal repeats.</summary>
    public const int MaxEcho = 100;

    /// <summary>Everybody who is merged into the contact, by their ids.</summary>
    public IReadOnlyList<string> Merged { get; init; } = [];

    /// <summary>True if events in this state can fit: only assigned ones have a contact.</summary>
    public bool Has(HistoryState state) => (State ?? state) == state && (Contact is null || state == HistoryState.Assigned);

    /// <summary>Reads the filters of an address, or says of each wrong one what came and what is expected.</summary>
    public static (HistoryFilter? Filter, IReadOnlyList<ProblemError> Errors) Read(IQueryCollection query)
    {
        var errors = new List<ProblemError>();
        var type = Text(query, "type", "the key of an event type", errors);
        var contact = Text(query, "contact", "the id of a contact", errors);
        var from = Bound(query, "from", isEnd: false, errors);
        var to = Bound(query, "to", isEnd: true, errors);
        var state = ReadState(query, errors);
        if (from >= to)
            errors.Add(new("from", $"from lies before to; nothing is both from {from:O} on and before {to:O}."));
        return errors.Count > 0 ? (null, errors) : (new(type, contact, from, to, state), errors);
    }

    private static string? Text(IQueryCollection query, string name, string meaning, List<ProblemError> errors)
    {
        var values = query[name];
        if (values.Count == 0)
            return null;
        if (values.Count == 1 && values[0] is { Length: > 0 } value)
            return value;
        errors.Add(new(name, values.Count > 1 ? $"{name} is given once; {values.Count} came." : $"{name} is {meaning}; an empty text came. Leave it out to see all."));
        return null;
    }

    private static DateTimeOffset? Bound(IQueryCollection query, string name, bool isEnd, List<ProblemError> errors)
    {
        if (Text(query, name, "a date or an instant", errors) is not { } text)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return Day(day, isEnd);

        if (QueryInstant.TryRead(text, out var instant))
            return instant;
        errors.Add(new(name, $"{name} is a date such as 2026-05-01 or an instant such as 2026-05-01T12:30:00Z; '{Echo(text)}' came."));
        return null;
    }

    // As in the periods of conditions: a day that ends a range belongs to it, an instant does not.
    private static DateTimeOffset Day(DateOnly day, bool isEnd) =>
        isEnd && day == DateOnly.MaxValue ? DateTimeOffset.MaxValue : new((isEnd ? day.AddDays(1) : day).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static HistoryState? ReadState(IQueryCollection query, List<ProblemError> errors)
    {
        switch (Text(query, "state", "assigned, unassigned or refused", errors))
        {
            case null:
                return null;
            case "assigned":
                return HistoryState.Assigned;
            case "unassigned":
                return HistoryState.Unassigned;
            case "refused":
                return HistoryState.Refused;
            case var other:
                errors.Add(new("state", $"state is assigned, unassigned or refused; '{Echo(other)}' came."));
                return null;
        }
    }

    private static string Echo(string text) => text.Length <= MaxEcho ? text : $"{text.Length} characters";
}
