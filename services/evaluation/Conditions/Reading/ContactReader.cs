using System.Globalization;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads conditions on the contact itself.</summary>
internal sealed class ContactReader(Findings findings, PredicateReader predicates)
{
    private const int MaxKey = 64;

    private static readonly System.Buffers.SearchValues<char> KeyCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly string[] InstantMembers = ["contact", .. Grammar.InstantOperators];

    /// <summary>The leaf <c>contact</c>.</summary>
    public Condition.Contact? Contact(Place place)
    {
        if (findings.Path(place.Member("contact")!.Value, "the name of a field") is not { } field)
            return null;
        var isInstant = Grammar.InstantFields.Contains(field.Text);
        if (isInstant && !findings.IsObject(place, InstantMembers))
            return null;
        var predicate = predicates.Read(place, isInstant ? Grammar.InstantOperators : Grammar.FieldOperators, asEmail: field.Text == "email");
        return predicate is null ? null : new Condition.Contact(field, field.Text == "email" ? Trimmed(predicate) : predicate);
    }

    private static Predicate Trimmed(Predicate predicate) => predicate switch
    {
        Predicate.OneOf of => of with { Values = [.. of.Values.Select(value => value.Text is { } text ? Scalar.OfText(text.Trim()) : value)] },
        Predicate.No no => new Predicate.No(Trimmed(no.Of)),
        Predicate.AllOf all => new Predicate.AllOf([.. all.Parts.Select(Trimmed)]),
        _ => predicate,
    };

    /// <summary>The leaf <c>inSegment</c>.</summary>
    public Condition.InSegment? InSegment(Place place)
    {
        var member = place.Member("inSegment")!.Value;
        var length = place.Member("for") is { } duration ? findings.Length(duration) : null;
        if (findings.Text(member, "the key of a segment") is not { } key)
            return null;
        if (key.Length > MaxKey || key.AsSpan().IndexOfAnyExcept(KeyCharacters) >= 0)
        {
            findings.Refuse(member.Pointer, $"found {Place.Quote(key)}, expected the key of a segment: up to {MaxKey} lower-case letters, digits and hyphens");
            return null;
        }

        return length is null && place.Member("for") is not null ? null : new Condition.InSegment(key, length);
    }

    /// <summary>The leaf <c>sample</c>.</summary>
    public Condition.Sample? Sample(Place place)
    {
        var member = place.Member("sample")!.Value;
        var salt = place.Member("salt") is { } text ? findings.Text(text, "a text", orEmpty: true) : "";
        if (member.Json.ValueKind == JsonValueKind.String && member.Json.GetString() is { } share && share.EndsWith('%')
            && decimal.TryParse(share.AsSpan(0, share.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent > 0 && percent <= 100)
            return salt is null ? null : new Condition.Sample(percent, salt);
        findings.Refuse(member.Pointer, $"found {member.Found()}, expected a share above 0% and up to 100% such as '10%'");
        return null;
    }
}
