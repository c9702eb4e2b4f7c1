using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// What matching needs of a contact, as it was when its stream stood at a version. No built-in identifier and no conflict comes or
/// goes without a fact in the stream, so it is still true while the stream stands there.
/// </summary>
/// <param name="Carried">Its identifiers, aliases too, but not its own id. Of additional fields, those that identified then.</param>
/// <param name="Conflicts">Identifiers of its events that belong to others, and those of others' events that belong to it.</param>
internal sealed record KnownContact(
    long Id,
    long Version,
    IReadOnlyCollection<IdentifierKey> Carried,
    IReadOnlyCollection<(long Other, IdentifierKey Identifier)> Conflicts)
{
    /// <summary>Everything that finds it.</summary>
    public IEnumerable<IdentifierKey> Names => Carried.Append(new(IdentifierKind.ContactId, StreamId.Of(Id)));
}
