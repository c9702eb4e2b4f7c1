using EventSegmentation.Segmentation.Contacts;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>That somebody be put on a list, or taken off it.</summary>
/// <param name="Place">Where it was asked for: a place from 0 in a body, or the number of a line from 1.</param>
/// <param name="Joins">True to put on, false to take off.</param>
internal readonly record struct ListWish(int Place, Identifier Who, bool Joins);

/// <summary>Something that was asked for and not done.</summary>
/// <param name="Place">Where it was asked for.</param>
/// <param name="Reason">One of <see cref="ListRefusals"/>: never a value, for it may be personal.</param>
internal readonly record struct ListRefusal(int Place, string Reason);

/// <summary>Why a line or an item was not done.</summary>
internal static class ListRefusals
{
    public const string Nobody = "No contact has this id or identifier.";
    public const string Erased = "The data of this contact was erased.";
    public const string Empty = "A contact id, or a kind, a colon and a value, is expected.";
    public const string TooLong = "A line has more than 4,000 bytes, or an identifier more than 300 characters.";
    public const string NotText = "The line is no UTF-8, or has characters that cannot be stored.";
    public const string OpenQuote = "The quote is not closed on its line, or more than the separator of the first line follows it.";
    public const string UnknownKind = "What stands before the colon is no kind of identifier: contactId, externalId, email, phone, pushToken, or an additional field that identifies, written exactly so. An alias with a colon is written contactId:ALIAS.";
}

/// <summary>What became of wishes.</summary>
/// <param name="Unchanged">How many asked for what was so already.</param>
/// <param name="Named">The contacts that the wishes named.</param>
/// <param name="Sequence">The sequence of the last fact; null if nothing was to be done.</param>
internal sealed record ListOutcome(int Added, int Removed, int Unchanged, IReadOnlyList<ListRefusal> Refused, IReadOnlyList<long> Named, long? Sequence);

/// <summary>Whom a replacement leaves on the list: a person of whose contacts any was named, or joined after it began.</summary>
/// <param name="JoinedAfter">The last number by which somebody had joined the list when it began.</param>
internal sealed record ListStaying(IReadOnlySet<long> Named, long JoinedAfter);
