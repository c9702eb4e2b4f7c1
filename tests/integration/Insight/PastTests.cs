using System.Globalization;
using System.Net;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.IntegrationTests.Insight;

/// <summary>Members at an instant and growth are what was so at the time, over a month with a clock of its own.</summary>
public sealed class PastTests
{
    private const int Steps = 40;
    private const int Contacts = 25;

    private static readonly Dictionary<int, (string Key, string Condition)> Made = new()
    {
        [0] = ("recent", """{"event":"Seen","period":"last 2 days"}"""),
        [6] = ("paid", """{"event":"Paid","period":"all time"}"""),
        [13] = ("quiet", """{"not":{"event":"Seen","period":"last 3 days"}}"""),
    };

    [Fact]
    public async Task Members_at_an_instant_are_those_that_were_live_then_and_growth_adds_up_to_them()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("PROVE_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        var random = new Random(seed);
        await using var world = await MergeWorld.CreateAsync();
        var (segments, past) = (new SegmentStore(world.Source), new PastStore(world.Source));
        var seen = new List<(DateTimeOffset At, string Key, string[] Members)>();
        for (var step = 0; step < Steps; step++)
        {
            world.Time.Now = world.Time.Now.AddMinutes(1 + random.Next(36 * 60));
            if (Made.TryGetValue(step, out var made))
                await world.SegmentAsync(made.Key, made.Condition);
            for (var i = random.Next(5); i >= 0; i--)
                await world.SendAsync($"e{step}-{i}", random.Next(4) == 0 ? "Paid" : "Seen", new { ContactId = $"c{random.Next(Contacts)}" });
            await world.ProjectAsync();
            if (step is 20 or 25)
                await TryMergeAsync(world, random);
            foreach (var (key, _) in Made.Where(made => made.Key <= step).Select(made => made.Value))
                seen.Add((world.Time.Now, key, await LiveAsync(segments, key)));
        }

        foreach (var (at, key, members) in seen)
            (await AtAsync(past, key, at)).Should().Equal(members, $"{key} at {at:O}, seed {seed}");
        foreach (var (key, _) in Made.Values)
        {
            var segment = (await past.FindAsync(key, CancellationToken.None))!;
            var told = await new TransitionStore(world.Source).OfSegmentAsync(segment.Id, 0, 10_000, CancellationToken.None);
            for (var i = 0; i < 30; i++)
            {
                var at = MergeWorld.Start.AddMinutes(random.Next((int)(world.Time.Now - MergeWorld.Start).TotalMinutes + 1));
                (await AtAsync(past, key, at)).Should().Equal(Fold(told, at), $"{key} at {at:O}, seed {seed}");
            }

            foreach (var zone in (string[])["UTC", "America/New_York"])
            {
                var days = new SegmentDays(zone, ZoneDays.DayAt(MergeWorld.Start, zone).AddDays(3), 30);
                var growth = (await past.GrowthAsync([segment.Id], days.Starts(), days.End, CancellationToken.None))[segment.Id];
                growth.Before.Should().Be((await AtAsync(past, key, days.Starts()[0].AddMicroseconds(-1))).Length, $"seed {seed}");
                foreach (var day in days.Sized(growth.Before, growth.Entered, growth.Exited))
                    day.Size.Should().Be((await AtAsync(past, key, ZoneDays.Start(day.Day.AddDays(1), zone).AddMicroseconds(-1))).Length, $"{key} on {day.Day:O} in {zone}, seed {seed}");
                growth.Entered.Sum().Should().BeGreaterThan(0, "otherwise nothing was tried");
            }
        }
    }

    private static async Task TryMergeAsync(MergeWorld world, Random random)
    {
        var known = await world.ScalarAsync<long[]>("select array_agg(id order by id) from segmentation.contacts where merged_into is null");
        await world.MergeAsync(known[random.Next(known.Length / 2)], known[(known.Length / 2) + random.Next(known.Length / 2)]);
        await world.ProjectAsync();
    }

    private static async Task<string[]> LiveAsync(SegmentStore segments, string key) =>
        [.. (await segments.MembersAsync((await segments.IdAsync(key, CancellationToken.None))!.Value, 0, 1_000, CancellationToken.None)).Select(member => member.ContactId)];

    // Two pages, so that a page goes on where the one before ended.
    private static async Task<string[]> AtAsync(PastStore past, string key, DateTimeOffset at)
    {
        var segment = (await past.FindAsync(key, CancellationToken.None))!.Id;
        var first = await past.MembersAtAsync(segment, at, 0, 7, CancellationToken.None);
        var rest = first.Count == 0 ? [] : await past.MembersAtAsync(segment, at, long.Parse(first[^1].ContactId, CultureInfo.InvariantCulture), 1_000, CancellationToken.None);
        return [.. first.Concat(rest).Select(member => member.ContactId)];
    }

    private static string[] Fold(IEnumerable<TransitionView> transitions, DateTimeOffset at)
    {
        var members = new SortedSet<long>();
        foreach (var transition in transitions.Where(transition => transition.At <= at))
        {
            var contact = long.Parse(transition.ContactId, CultureInfo.InvariantCulture);
            (transition.Kind == "entered" ? members.Add(contact) : members.Remove(contact)).Should().BeTrue("entries and exits alternate");
        }

        return [.. members.Select(member => member.ToString(CultureInfo.InvariantCulture))];
    }
}
