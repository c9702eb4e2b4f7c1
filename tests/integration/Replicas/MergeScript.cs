using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Replicas;

/// <summary>
/// A generated life of contacts that are merged and given back all the time; the same seed gives the same life, whoever projects
/// it. Remembers who is merged into whom.
/// </summary>
internal sealed class MergeScript(MergeWorld world, int seed)
{
    private const int Contacts = 24;

    private static readonly (string Key, string Condition)[] Segments =
    [
        ("at-work", """{"event":"Seen","count":{"atLeast":3},"period":"last 2 hours"}"""),
        ("known", """{"contact":"email","exists":true}"""),
        ("lapsed", """{"last":"Seen","period":"more than 3 hours ago"}"""),
        ("never-paid", """{"not":{"event":"Paid","period":"last 5 hours"}}"""),
        ("settled", """{"inSegment":"never-paid","for":"2 hours"}"""),
    ];

    private readonly Random _random = new(seed);
    private readonly Dictionary<int, int> _into = [];
    private int _sent;

    public async Task FoundAsync()
    {
        foreach (var (key, condition) in Segments)
            await world.SegmentAsync(key, condition);
        await world.SendAsync([.. Enumerable.Range(0, Contacts).Select(Event)]);
    }

    /// <summary>Records events while the clock moves on, with a merge or a giving back between them now and then.</summary>
    public async Task LiveAsync(int events)
    {
        for (var i = 0; i < events; i++)
        {
            world.Time.Now += TimeSpan.FromSeconds(_random.Next(600));
            await world.SendAsync(Event(_random.Next(Contacts)));
            if (_random.Next(8) == 0)
                await MergeAsync();
            if (_random.Next(12) == 0)
                await GiveBackAsync();
        }
    }

    /// <summary>Lets all time pass, and compares the members with the plain evaluator.</summary>
    public async Task CheckAsync()
    {
        var ids = new Dictionary<int, long>();
        for (var i = 0; i < Contacts; i++)
            ids.Add(i, await world.ContactAsync($"m-{i}"));
        foreach (var (contact, id) in ids)
        {
            var expected = _into.ContainsKey(contact)
                ? []
                : await world.ReferenceAsync(id, [.. ids.Where(other => other.Key != contact && Root(other.Key) == contact).Select(other => other.Value)]);
            (await world.SegmentsAsync(id)).Should().Equal(expected, $"of m-{contact}, contact {StreamId.Of(id)}");
        }
    }

    private async Task MergeAsync()
    {
        var (contact, into) = (_random.Next(Contacts), _random.Next(Contacts));
        if (contact == into || _into.ContainsKey(contact) || _into.ContainsKey(into))
            return;
        _into.Add(contact, into);
        await world.MergeAsync(await world.ContactAsync($"m-{contact}"), await world.ContactAsync($"m-{into}"));
    }

    private async Task GiveBackAsync()
    {
        if (_into.Count == 0)
            return;
        var contact = _into.Keys.Order().ElementAt(_random.Next(_into.Count));
        _into.Remove(contact);
        await world.UnmergeAsync(await world.ContactAsync($"m-{contact}"));
    }

    private int Root(int contact) => _into.TryGetValue(contact, out var into) ? Root(into) : contact;

    private NormalizedEvent Event(int contact)
    {
        var type = _random.Next(4) == 0 ? "Paid" : "Seen";
        object parameters = _random.Next(6) == 0 ? new { ContactId = $"m-{contact}", Email = $"m-{contact}@example.com" } : new { ContactId = $"m-{contact}" };
        return SegmentationService.Event(type, parameters, world.Time.Now.AddMinutes(_random.Next(5) == 0 ? _random.Next(-200, 30) : 0), $"m-{_sent++}");
    }
}
