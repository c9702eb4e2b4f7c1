using System.Text.Json;
using EventSegmentation.Evaluation;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>
/// A generated life of a few contacts under a group of six lifecycle segments; the same seed gives the same life, however it
/// is projected. Remembers what it recorded, for the reference evaluator.
/// </summary>
internal sealed class LifecycleScript(BuildWorld world, int seed)
{
    /// <summary>The group, highest first.</summary>
    public static readonly IReadOnlyDictionary<string, string> Segments = new Dictionary<string, string>
    {
        ["champions"] = """{"event":"Paid","count":{"atLeast":3},"period":"last 5 days"}""",
        ["buyers"] = """{"event":"Paid","period":"last 3 days"}""",
        ["newcomers"] = """{"first":"Seen","period":"last 2 days"}""",
        ["active"] = """{"event":"Seen","count":{"atLeast":2},"period":"last 2 days"}""",
        ["sleepers"] = """{"last":"Seen","period":"more than 3 days ago"}""",
        ["others"] = """{"event":"Seen","where":{"param":"n","lessThan":40},"period":"last 30 days"}""",
    };

    private const int Contacts = 12;

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, List<ContactEvent>> _events = [];
    private readonly Dictionary<string, string> _mergedInto = [];
    private readonly Dictionary<string, Definition> _definitions = Segments.ToDictionary(one => one.Key, one => Read(one.Value));
    private readonly string[] _order = [.. Segments.Keys];
    private int _count;

    /// <summary>Asks for the six segments and their group.</summary>
    public async Task FoundAsync()
    {
        foreach (var (key, condition) in Segments)
            await world.SegmentAsync(key, condition);
        await world.GroupAsync("life", _order);
    }

    /// <summary>Records events while the clock moves on; some come late, some lie ahead.</summary>
    public async Task LiveAsync(int events)
    {
        for (var i = 0; i < events; i++)
        {
            world.Time.Now += TimeSpan.FromMinutes(_random.Next(90));
            var (contact, type, n) = ($"c-{_random.Next(Contacts)}", _random.Next(3) == 0 ? "Paid" : "Seen", _random.Next(60));
            var e = new ContactEvent
            {
                EventId = $"event-{_count++}",
                Type = type,
                OccurredAt = world.Time.Now.AddMinutes(_random.Next(-600, 60)),
                Counts = true,
                Params = JsonSerializer.SerializeToElement(new { n }),
            };
            (_events.TryGetValue(contact, out var known) ? known : _events[contact] = []).Add(e);
            await world.SendAsync(e.EventId, contact, type, e.OccurredAt, n);
        }
    }

    /// <summary>Asks for another order of the group, or for another version of one of its segments.</summary>
    public async Task ChangeAsync()
    {
        if (_random.Next(2) == 0)
        {
            _random.Shuffle(_order);
            await world.GroupAsync("life", _order);
            return;
        }

        var key = _order[_random.Next(_order.Length)];
        var condition = $$"""{"event":"{{(_random.Next(2) == 0 ? "Seen" : "Paid")}}","count":{"atLeast":{{_random.Next(1, 4)}}},"period":"last {{_random.Next(1, 6)}} days"}""";
        _definitions[key] = Read(condition);
        await world.SegmentAsync(key, condition, silent: _random.Next(4) == 0);
    }

    /// <summary>Merges somebody into somebody else, gives somebody back, or erases somebody.</summary>
    public async Task UniteAsync()
    {
        string[] persons = [.. _events.Keys.Where(contact => !_mergedInto.ContainsKey(contact)).Order(StringComparer.Ordinal)];
        _random.Shuffle(persons);
        var choice = _random.Next(5);
        if (choice == 0)
        {
            await world.EraseAsync(persons[0]);
            foreach (var contact in _events.Keys.Where(contact => Person(contact) == persons[0]).ToList())
            {
                _events.Remove(contact);
                _mergedInto.Remove(contact);
            }
        }
        else if (choice < 3 && _mergedInto.Count > 0)
        {
            var contact = _mergedInto.Keys.Order(StringComparer.Ordinal).ElementAt(_random.Next(_mergedInto.Count));
            await world.UnmergeAsync(contact);
            _mergedInto.Remove(contact);
        }
        else if (persons.Length > 1)
        {
            await world.MergeAsync(persons[0], into: persons[1]);
            _mergedInto.Add(persons[0], persons[1]);
        }
    }

    /// <summary>What the plain evaluator says now: <c>contact segment</c>, a line for each person that qualifies for any, in order.</summary>
    public string[] Winners() =>
    [
        .. _events.GroupBy(contact => Person(contact.Key), contact => contact.Value)
            .Select(person => (person.Key, Winner: _order.FirstOrDefault(key => Holds(key, [.. person.SelectMany(events => events)]))))
            .Where(one => one.Winner is not null)
            .Select(one => $"{one.Key} {one.Winner}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What is live, in the same form.</summary>
    public static Task<string[]> MembersAsync(BuildWorld world) => world.ScalarAsync<string[]>("""
        select coalesce(array_agg(i.value || ' ' || s.key order by i.value collate "C", s.key), '{}') from segmentation.editions e
        join segmentation.segments s on s.id = e.segment_id
        join segmentation.memberships m on m.edition_id = e.id
        join segmentation.identifiers i on i.contact_id = m.contact_id and i.kind = 'contactId'
        where e.state = 'live'
        """);

    private string Person(string contact) => _mergedInto.TryGetValue(contact, out var survivor) ? Person(survivor) : contact;

    private bool Holds(string key, List<ContactEvent> events) =>
        Reference.Holds(_definitions[key], new("1", world.Time.Now, "Event"), events, world.Time.Now, _definitions);

    private static Definition Read(string condition) => Definition.Parse(JsonElement.Parse(condition), null).Definition!;
}
