namespace EventSegmentation.Segmentation.Contacts;

/// <summary>A contact as merges see it.</summary>
/// <param name="MergedInto">The contact that it was merged into; null for one that stands for itself.</param>
/// <param name="Erased">When it was erased; null for one that was not.</param>
internal sealed record PersonMember(long Id, long? MergedInto, DateTimeOffset? Erased);

/// <summary>
/// Who is merged into whom, of contacts that are one person or several. A person is a contact that is merged into no
/// other, and everybody merged into it, directly or through others.
/// </summary>
internal sealed class PersonTree
{
    /// <summary>The most contacts that one person may have: so many streams are locked and read together.</summary>
    public const int MaxMembers = 100;

    private readonly Dictionary<long, PersonMember> _members;
    private readonly ILookup<long, long> _merged;

    /// <param name="members">Whole persons: with each contact the one it is merged into, and those merged into it.</param>
    public PersonTree(IEnumerable<PersonMember> members)
    {
        _members = members.ToDictionary(member => member.Id);
        _merged = _members.Values.Where(member => member.MergedInto is not null).OrderBy(member => member.Id).ToLookup(member => member.MergedInto!.Value, member => member.Id);
    }

    /// <summary>All contacts, of whatever person.</summary>
    public IReadOnlyCollection<long> Ids => _members.Keys;

    /// <summary>The contact, or null if there is none of this id.</summary>
    public PersonMember? Find(long contact) => _members.GetValueOrDefault(contact);

    /// <summary>The contact that stands for the person.</summary>
    public long Root(long contact) => Find(contact)?.MergedInto is { } survivor ? Root(survivor) : contact;

    /// <summary>
    /// The contact and everybody merged into it: each before those that were merged into it, else in the order of ids.
    /// Where contacts of a person differ, the first of them goes before.
    /// </summary>
    public IEnumerable<long> Person(long contact) => _merged[contact].SelectMany(Person).Prepend(contact);
}
