using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Replicas;

/// <summary>Two and three processes of the service under load, of which some are killed.</summary>
[Collection(nameof(Alone))]
public sealed class ReplicaTests(ITestOutputHelper output)
{
    private const int BatchSize = 100;
    private const int Contacts = 800;
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    // How many partitions each session owns, the fewest first.
    private static readonly string Shares = $"""
        select coalesce(string_agg(count::text, ' ' order by count, pid), '') from (
            select pid, count(*) from pg_locks
            where locktype = 'advisory' and classid = {AdvisoryLocks.Partitions}::oid and objsubid = 2 and granted
              and database = (select oid from pg_database where datname = current_database()) group by pid) owners
        """;

    private static readonly Dictionary<string, string> Segments = new()
    {
        ["five-workouts"] = """{"event":"WorkoutCompleted","count":{"atLeast":5},"period":"all time"}""",
        ["never-strong"] = """{"not":{"event":"WorkoutCompleted","where":{"param":"type","is":"Strength"},"period":"all time"}}""",
        ["between"] = """{"event":["WorkoutCompleted","AppLogin"],"count":{"between":[5,12]},"period":"all time"}""",
        ["restless"] = """{"last":"WorkoutCompleted","period":"more than 3 seconds ago"}""",
    };

    private const string Edited = """{"event":["WorkoutCompleted","AppLogin"],"count":{"between":[7,14]},"period":"all time"}""";

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_replica_is_killed_under_load_and_nothing_is_lost_doubled_or_out_of_order(int replicas)
    {
        const int events = 8_000;
        await using var system = await StartAsync();
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);
        var others = await Task.WhenAll(Enumerable.Range(1, replicas - 1).Select(_ => system.StartReplicaAsync()));
        try
        {
            await OwnedAsync(system, replicas == 2 ? "8 8" : "4 6 6");
            var sending = SendAsync(system, events);
            await AppendedAsync(system, events / 4);
            (await system.Api.PutAsJsonAsync("/api/segments/between", new { name = "between", condition = JsonElement.Parse(Edited) })).StatusCode.Should().Be(HttpStatusCode.OK);
            await AppendedAsync(system, events / 3);
            await others[0].KillAsync();
            var taken = await OwnedAsync(system, replicas == 2 ? "16" : "8 8");
            output.WriteLine($"taken over after {taken.TotalMilliseconds:0} ms");
            taken.Should().BeLessThan(TakeOver);
            await others[0].StartAsync();
            await OwnedAsync(system, replicas == 2 ? "8 8" : "4 6 6");

            await sending;
            await CheckAsync(system, probe, events, new Dictionary<string, string>(Segments) { ["between"] = Edited });
        }
        finally
        {
            foreach (var other in others)
                await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task Sessions_that_the_database_ends_are_taken_over_again_and_again()
    {
        const int events = 6_000;
        await using var system = await StartAsync();
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);
        await using var other = await system.StartReplicaAsync();
        await OwnedAsync(system, "8 8");

        var sending = SendAsync(system, events);
        for (var ended = 1; ended <= 4; ended++)
        {
            await AppendedAsync(system, events * ended / 6);
            await system.Database.ScalarAsync<bool>($"""
                select pg_terminate_backend(pid) from pg_locks
                where locktype = 'advisory' and classid = {AdvisoryLocks.Partitions}::oid and objsubid = 2 and granted
                  and database = (select oid from pg_database where datname = current_database()) order by random() limit 1
                """);
            var taken = await OwnedAsync(system, "8 8");
            output.WriteLine($"owned in equal shares after {taken.TotalMilliseconds:0} ms");
            taken.Should().BeLessThan(TakeOver);
        }

        await sending;
        await CheckAsync(system, probe, events, Segments);
    }

    [Fact]
    public async Task Persons_that_are_merged_and_given_back_while_a_replica_dies_have_the_ledger_of_one_that_follows_the_streams_again()
    {
        const int events = 4_000;
        await using var system = await StartAsync();
        await using var other = await system.StartReplicaAsync();
        await OwnedAsync(system, "8 8");
        await SendAsync(system, BatchSize * 5);
        await AppendedAsync(system, BatchSize * 5);
        var contacts = await system.Database.ScalarAsync<long[]>("select array_agg(id order by id) from (select id from segmentation.contacts order by id limit 60) first");

        using var enough = new CancellationTokenSource();
        var merging = Task.WhenAll(Enumerable.Range(1, 3).Select(seed => MergeAsync(system, contacts, seed, enough.Token)));
        var sending = SendAsync(system, events, from: BatchSize * 5);
        await AppendedAsync(system, events / 2);
        await other.KillAsync();
        await OwnedAsync(system, "16");
        await other.StartAsync();
        await sending;
        await enough.CancelAsync();
        var merges = (await merging).Sum();
        output.WriteLine($"{merges} merges and givings back, {await system.Database.ScalarAsync<long>("select count(*) from segmentation.moved_contacts")} moves");
        merges.Should().BeGreaterThan(10);
        await SettleAsync(system, events);
        await ReplicaChecks.LedgerIsWholeAsync(system.Database.ScalarAsync<bool>);

        await system.Segmentation.KillAsync();
        await other.KillAsync();
        await ReplicaChecks.ReplaysAsync(system.Database);
    }

    private static async Task<int> MergeAsync(TestSystem system, long[] contacts, int seed, CancellationToken enough)
    {
        var random = new Random(seed);
        var done = 0;
        while (!enough.IsCancellationRequested)
        {
            var contact = contacts[random.Next(contacts.Length)];
            using var answer = random.Next(3) > 0
                ? await system.Api.PostAsJsonAsync($"/api/contacts/{contact}/merge", new { into = StreamId.Of(contacts[random.Next(contacts.Length)]) }, CancellationToken.None)
                : await system.Api.PostAsync($"/api/contacts/{contact}/unmerge", content: null, CancellationToken.None);
            answer.StatusCode.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.UnprocessableEntity, HttpStatusCode.ServiceUnavailable);
            done += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
        }

        return done;
    }

    private static async Task<TestSystem> StartAsync()
    {
        var system = await TestSystem.StartAsync();
        await system.SwitchOnAsync("WorkoutCompleted", "AppLogin");
        foreach (var (key, condition) in Segments)
            await system.CreateSegmentAsync(key, condition);
        return system;
    }

    /// <summary>Returns how long it took until partitions were owned in such shares.</summary>
    private static async Task<TimeSpan> OwnedAsync(TestSystem system, string shares)
    {
        var started = Stopwatch.GetTimestamp();
        await Eventually.BecomesAsync(() => system.Database.ScalarAsync<string>(Shares), owned => owned == shares, $"shares of {shares}");
        return Stopwatch.GetElapsedTime(started);
    }

    private static Task<long> AppendedAsync(TestSystem system, int events) => Eventually.BecomesAsync(
        () => system.Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"),
        count => count >= events, $"{events} events in the streams", Limit);

    private static async Task SendAsync(TestSystem system, int events, int from = 0)
    {
        var random = new Random(8_000 + from);
        using var gap = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var sent = from; sent < events; sent += BatchSize)
        {
            var batch = new
            {
                events = Enumerable.Range(sent, BatchSize).Select(i => new
                {
                    eventTypeKey = random.Next(5) == 0 ? "AppLogin" : "WorkoutCompleted",
                    eventId = $"replica-{i}",
                    @params = new { externalCustomerId = $"customer-{random.Next(Contacts)}", type = random.Next(3) == 0 ? "Strength" : "Cardio" },
                }).ToArray(),
            };
            using var answer = await system.Intake.PostAsJsonAsync("/api/v3/events", batch);
            answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
            await gap.WaitForNextTickAsync();
        }
    }

    private static async Task SettleAsync(TestSystem system, int events)
    {
        await system.SettleAsync(events);
        await Eventually.BecomesAsync(
            () => system.Database.ScalarAsync<bool>("""
                select not exists (select from segmentation.builds where state in ('waiting', 'running')) and not exists (select from segmentation.editions where state = 'retired')
                   and not exists (select from segmentation.contact_states where due is not null)
                """), isDone => isDone, "the edit being live and all timers fired", Limit);
        await system.SettleAsync(events);
    }

    private async Task CheckAsync(TestSystem system, TransitionProbe probe, int events, Dictionary<string, string> segments)
    {
        await SettleAsync(system, events);
        (await system.Database.ScalarAsync<long>("select count(distinct data ->> 'EventId') from public.mt_events where type = 'event_recorded'")).Should().Be(events);
        foreach (var (key, condition) in segments)
        {
            var members = await system.MembersAsync(key);
            members.Should().BeEquivalentTo(await system.ReferenceMembersAsync(condition), $"of {key}");
            output.WriteLine($"{key}: {members.Count} members, as the reference evaluator says");
        }

        await LedgerSum.CheckAsync(system.Database.ScalarAsync<long>);
        await ReplicaChecks.LedgerIsWholeAsync(system.Database.ScalarAsync<bool>);
        await ReceivedInOrderAsync(system, probe);
    }

    // Of each contact every transition came, under one id, and none for the first time before the one before it.
    private async Task ReceivedInOrderAsync(TestSystem system, TransitionProbe probe)
    {
        var ledger = await system.Database.ScalarAsync<long>("select count(*) from segmentation.ledger");
        await Eventually.BecomesAsync(
            () => Task.FromResult(probe.All.Select(received => received.Transition.TransitionId).Distinct().Count()), count => count >= ledger, "every transition received");
        var first = probe.All.Select(received => received.Transition).DistinctBy(transition => transition.TransitionId).ToList();
        first.Should().HaveCount((int)ledger, "no transition has two ids");
        foreach (var contact in first.GroupBy(transition => transition.ContactId))
            contact.Select(transition => transition.Number).Should().Equal(Enumerable.Range(1, contact.Count()).Select(number => (long)number), $"of contact {contact.Key}");
        output.WriteLine($"{ledger} transitions, {probe.All.Count} deliveries");
    }
}
