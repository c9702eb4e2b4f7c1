using System.Text.Json;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>An event of another contact that names the person.</summary>
internal readonly record struct FoundEvent(long ContactId, long Sequence, string EventId);

/// <summary>
/// Finds all that names a person. That takes long, so it is done while nothing is locked; once the streams are locked it
/// looks only at what came since. Of what is set aside without a lock, what is not committed yet counts as coming later.
/// </summary>
internal sealed class ErasureSearch
{
    private readonly long _contact;
    private readonly PersonTree _tree;
    private readonly PersonalTrail _trail;
    private readonly SetAsideSearchStore _setAside = new();
    private Dictionary<long, long> _seen = [];
    private HashSet<IdentifierKey> _keys = [];

    private ErasureSearch(long contact, PersonTree tree, PersonalTrail trail)
    {
        (_contact, _tree, _trail) = (contact, tree, trail);
        Person = [.. tree.Person(contact)];
    }

    /// <summary>The contact and everybody merged into it.</summary>
    public long[] Person { get; }

    /// <summary>The contacts with which the person is in conflict, and those whose events may name the person.</summary>
    public IReadOnlySet<long> Others { get; private set; } = new HashSet<long>();

    public PersonalValues Values { get; private set; } = new([], MatchingRules.None);

    /// <summary>The events of the others that name the person.</summary>
    public List<FoundEvent> Events { get; } = [];

    /// <summary>What is without a contact and names the person.</summary>
    public SetAsideSearchStore SetAside => _setAside;

    /// <summary>Samples in the catalogue that may be this person's values.</summary>
    public IReadOnlyCollection<ShownSample> Shown => _trail.Shown;

    /// <summary>Searches everything, with nothing locked.</summary>
    public static async Task<ErasureSearch> RunAsync(NpgsqlConnection connection, long contact, CancellationToken cancellationToken)
    {
        var tree = await PersonStore.ReadAsync(connection, [contact], cancellationToken);
        long[] person = [.. tree.Person(contact)];
        var rules = await MatchingRuleStore.AllAsync(connection, cancellationToken);
        var search = new ErasureSearch(contact, tree, new(await ErasureStore.SamplesAsync(connection, person, cancellationToken), rules));
        var versions = await ErasureStore.VersionsAsync(connection, person, cancellationToken);
        search._keys = await search.KeysAsync(connection, versions, cancellationToken);
        search.Values = new(search._keys, rules);
        search.Others = (await ErasureStore.OthersAsync(connection, person, cancellationToken))
            .Union(await MentionStore.ReadAsync(connection, person, search.Values.Telling, cancellationToken)).ToHashSet();
        foreach (var (other, version) in await ErasureStore.VersionsAsync(connection, [.. search.Others], cancellationToken))
            versions[other] = version;
        await search.LookAsync(connection, versions, cancellationToken);
        return search;
    }

    /// <summary>
    /// Looks at what came since. Throws <see cref="MatchRaceException"/> if that changes whom or what to look for: then all
    /// must be searched anew.
    /// </summary>
    /// <param name="heads">The locked streams of <see cref="Person"/> and <see cref="Others"/>.</param>
    public async Task CatchUpAsync(NpgsqlConnection connection, IReadOnlyDictionary<long, StreamHead> heads, CancellationToken cancellationToken)
    {
        if (!_tree.Ids.ToHashSet().SetEquals((await PersonStore.ReadAsync(connection, [_contact], cancellationToken)).Ids))
            throw new MatchRaceException();

        // A conflict stands on both streams, so from here on there come no more of them.
        if (!(await ErasureStore.OthersAsync(connection, Person, cancellationToken)).IsSubsetOf(Others))
            throw new MatchRaceException();
        var versions = heads.ToDictionary(head => head.Key, head => head.Value.Version);
        if (!_keys.SetEquals(await KeysAsync(connection, versions, cancellationToken)))
            throw new MatchRaceException();
        await LookAsync(connection, versions, cancellationToken);
    }

    // The values are personal if nobody else has them by now.
    private async Task<HashSet<IdentifierKey>> KeysAsync(NpgsqlConnection connection, Dictionary<long, long> versions, CancellationToken cancellationToken)
    {
        _trail.Hold(await ErasureStore.HeldAsync(connection, Person, cancellationToken));
        await foreach (var stored in StreamHistory.ReadAsync(connection, Unseen(Person, versions), cancellationToken))
            _trail.Follow(stored.Fact);
        return [.. await ErasureStore.WithoutOthersAsync(connection, Person, _trail.Keys, cancellationToken)];
    }

    private async Task LookAsync(NpgsqlConnection connection, Dictionary<long, long> versions, CancellationToken cancellationToken)
    {
        await foreach (var stored in StreamHistory.ReadAsync(connection, Unseen(Others, versions), cancellationToken))
        {
            if (stored.Fact is EventRecorded { Params.ValueKind: JsonValueKind.Object } e && (Values.AreIn(e.EventType, e.Params) || Values.Tells(e.KeyValue)))
                Events.Add(new(stored.ContactId, stored.Sequence, e.EventId));
        }

        await _setAside.LookAsync(connection, Values, cancellationToken);
        _seen = versions;
    }

    private WantedStream[] Unseen(IEnumerable<long> contacts, Dictionary<long, long> versions) =>
    [
        .. contacts.Where(versions.ContainsKey)
            .Select(contact => new WantedStream(contact, contact, versions[contact], _seen.GetValueOrDefault(contact))),
    ];
}
