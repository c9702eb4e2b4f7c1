using EventSegmentation.Contracts;
using EventSegmentation.Sample.Fitness;
using EventSegmentation.Sample.Services;

namespace EventSegmentation.Sample.Check;

/// <summary>Tells which of the app's people a contact is, by the contact's card. Remembers whom it has found.</summary>
internal sealed class ContactDirectory(SegmentationClient segmentation)
{
    private readonly Dictionary<string, string> _keys = [];

    /// <summary>The key of the person, or a text that says that the contact is none of them.</summary>
    /// <param name="contactId">The contact.</param>
    /// <param name="people">All of the app's people by <see cref="Identifiers"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<string> KeyAsync(string contactId, IReadOnlyDictionary<ContactIdentifier, Person> people, CancellationToken cancellationToken)
    {
        if (_keys.TryGetValue(contactId, out var known))
            return known;
        var card = await segmentation.CardAsync(contactId, cancellationToken);
        var found = card.Identifiers
            .Select(identifier => people.GetValueOrDefault(identifier with { Value = identifier.Value.ToLowerInvariant() }))
            .OfType<Person>().Distinct().ToList();
        return found switch
        {
            [var person] => _keys[contactId] = person.Key,
            [] => $"a stranger (contact {contactId})",
            _ => $"{string.Join(" and ", found.Select(person => person.Key))} in one (contact {contactId})",
        };
    }

    /// <summary>What may stand on the person's card. All values of the sample are lower-case, so that emails compare as they should.</summary>
    public static IEnumerable<ContactIdentifier> Identifiers(Person person)
    {
        if (person.ExternalId is { } externalId)
            yield return new("externalId", externalId);
        if (person.Email is { } email)
            yield return new("email", email);
        yield return new("pushToken", person.PushToken);
    }
}
