using System.Net;
using System.Net.Http.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Segmentation;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>What is accepted stays, whatever breaks. These tests stop servers that other tests use, so they run alone.</summary>
[Collection(nameof(Alone))]
public sealed class FaultTests(ITestOutputHelper output)
{
    private const int Events = 20_000;
    private const int BatchSize = 100;
    private const int Contacts = 1_000;
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<string, string> Segments = new()
    {
        ["five-workouts"] = """{"event":"WorkoutCompleted","count":{"atLeast":5},"period":"all time"}""",
        ["strong"] = """{"event":"WorkoutCompleted","where":{"all":[{"param":"type","is":"Strength"},{"param":"calories","moreThan":900}]},"period":"last 30 days"}""",
        ["never-strong"] = """{"not":{"event":"WorkoutCompleted","where":{"param":"type","is":"Strength"},"period":"all time"}}""",
        ["between"] = """{"event":["WorkoutCompleted","AppLogin"],"count":{"between":[15,25]},"period":"all time"}""",
    };

    [Fact]
    public async Task Segmentation_is_killed_in_the_middle_of_20000_events_and_nothing_is_lost_or_doubled()
    {
        await using var system = await StartAsync();
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);

        var sending = SendAsync(system, Events);
        for (var kills = 0; kills < 3; kills++)
        {
            var reached = (kills + 1) * Events / 5;
            await Eventually.BecomesAsync(
                () => system.Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"),
                count => count > reached, $"{reached} events in the streams", TimeSpan.FromMinutes(3));
            await system.Segmentation.KillAsync();
            await system.Segmentation.StartAsync();
        }

        await sending;
        await CheckAsync(system, probe, Events);
    }

    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    public async Task A_server_is_away_for_20_seconds_under_load_and_nothing_accepted_is_lost(string server)
    {
        await using var system = await StartAsync();
        await using var before = await TransitionProbe.SubscribeAsync(system.Broker);

        var sending = SendAsync(system, Events);
        await Eventually.BecomesAsync(
            () => system.Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"),
            count => count > Events / 20, "some events in the streams");
        await TestServers.RunAsync("stop", server);
        using (var away = new PeriodicTimer(Outage))
            await away.WaitForNextTickAsync();
        if (server == "postgres")
            await AnswersUnavailableAsync(system.Api);
        await TestServers.RunAsync("start", server);

        await sending;
        await CheckAsync(system, probe: null, Events);
    }

    private static async Task AnswersUnavailableAsync(HttpClient api)
    {
        using var answer = await api.GetAsync(new Uri("/api/segments", UriKind.Relative));
        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter!.Delta.Should().BePositive();
    }

    private static async Task<TestSystem> StartAsync()
    {
        var system = await TestSystem.StartAsync();
        await system.SwitchOnAsync("WorkoutCompleted", "AppLogin");
        foreach (var (key, condition) in Segments)
            await system.CreateSegmentAsync(key, condition);
        return system;
    }

    // As a careful sender: with ids of its own, and again after every refusal, until it is accepted.
    private static async Task SendAsync(TestSystem system, int events)
    {
        var random = new Random(20_000);
        using var gap = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var sent = 0; sent < events; sent += BatchSize)
        {
            var batch = new
            {
                events = Enumerable.Range(sent, BatchSize).Select(i => new
                {
                    eventTypeKey = random.Next(5) == 0 ? "AppLogin" : "WorkoutCompleted",
                    eventId = $"fault-{i}",
                    @params = new { externalCustomerId = $"customer-{random.Next(Contacts)}", type = random.Next(3) == 0 ? "Strength" : "Cardio", calories = random.Next(1000) },
                }).ToArray(),
            };
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            while (await PostAsync(system.Intake, batch, deadline.Token) != HttpStatusCode.Accepted)
                await gap.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static async Task<HttpStatusCode> PostAsync<T>(HttpClient client, T body, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("/api/v3/events", body, cancellationToken);
        answer.StatusCode.Should().BeOneOf(HttpStatusCode.Accepted, HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests);
        return answer.StatusCode;
    }

    private async Task CheckAsync(TestSystem system, TransitionProbe? probe, int events)
    {
        await system.SettleAsync(events);
        (await system.Database.ScalarAsync<long>("select count(distinct data ->> 'EventId') from public.mt_events where type = 'event_recorded'")).Should().Be(events);
        foreach (var (key, condition) in Segments)
        {
            var members = await system.MembersAsync(key);
            members.Should().BeEquivalentTo(await system.ReferenceMembersAsync(condition), $"of {key}");
            output.WriteLine($"{key}: {members.Count} members, as the reference evaluator says");
        }

        (await system.Database.ScalarAsync<bool>("""
            select not exists (
                select from (select number, row_number() over (partition by contact_id order by number) as expected from segmentation.ledger) l
                where number <> expected)
            """)).Should().BeTrue("numbers rise by one per contact");
        if (probe is null)
            return;

        var ledger = await system.Database.ScalarAsync<long>("select count(*) from segmentation.ledger");
        var seen = await Eventually.BecomesAsync(
            () => Task.FromResult(probe.All.Select(received => received.Transition.TransitionId).Distinct().Count()), count => count >= ledger, "every transition received");
        seen.Should().Be((int)ledger, "no transition has two ids");
        probe.All.GroupBy(received => (received.Transition.ContactId, received.Transition.Number))
            .Should().OnlyContain(transition => transition.Select(received => received.Transition.TransitionId).Distinct().Count() == 1);
        output.WriteLine($"{ledger} transitions, {probe.All.Count} deliveries");
    }
}

/// <summary>The tests that stop servers.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
