using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using EventSegmentation.IntegrationTests.Segmentation;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>Both services are told to stop under load: they finish what they have in hand, and nothing is lost or doubled.</summary>
public sealed class ShutdownTests(ITestOutputHelper output)
{
    private const int Senders = 8;
    private const string Condition = """{"event":"Ran","count":{"atLeast":3},"period":"all time"}""";

    // What docs/operations.md tells to grant both.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Under_load_they_drain_let_go_and_end_with_zero()
    {
        await using var system = await TestSystem.StartAsync();
        await system.SwitchOnAsync("Ran");
        await system.CreateSegmentAsync("three", Condition);
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);
        using var done = new CancellationTokenSource();
        var accepted = new ConcurrentBag<string>();
        var senders = Enumerable.Range(0, Senders).Select(sender => SendAsync(system.Intake, sender, accepted, done.Token)).ToArray();
        await StoredAsync(system, 300);

        await EndAsync(system.Segmentation, "segmentation");
        await Eventually.BecomesAsync(
            () => system.Database.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"),
            locks => locks == 0, "its partitions being free");
        await system.Segmentation.StartAsync();
        await StoredAsync(system, accepted.Count);

        await EndAsync(system.Ingestion, "ingestion");
        await done.CancelAsync();
        await Task.WhenAll(senders);

        // One process took them all and has ended, so what was confirmed is in the broker or in the streams; what was not accepted may be, too.
        var ids = accepted.ToHashSet();
        output.WriteLine($"{ids.Count} events were accepted");
        await Eventually.BecomesAsync(
            async () => ids.Except(await IdsAsync(system)).Count(), missing => missing == 0, "every accepted event in a stream", TimeSpan.FromMinutes(2));
        var stored = await IdsAsync(system);
        stored.Should().OnlyHaveUniqueItems();
        await system.SettleAsync(stored.Length);
        (await system.MembersAsync("three")).Should().BeEquivalentTo(await system.ReferenceMembersAsync(Condition));
        (await system.Database.ScalarAsync<long>("select count(*) - count(distinct (contact_id, number)) from segmentation.ledger")).Should().Be(0);
        probe.All.Select(received => (received.Transition.ContactId, received.Transition.Number, received.Transition.TransitionId)).Distinct()
            .GroupBy(transition => (transition.ContactId, transition.Number)).Should().OnlyContain(same => same.Count() == 1);
    }

    private async Task EndAsync(ServiceProcess service, string name)
    {
        var started = Stopwatch.GetTimestamp();
        (await service.StopAsync(Limit)).Should().BeTrue($"{name} ends by itself");
        output.WriteLine($"{name} ended after {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        service.ExitCode.Should().Be(0, string.Join(Environment.NewLine, service.Log));
    }

    // Sends until it is told to stop, each event once: what is not answered 202 is left.
    private static async Task SendAsync(HttpClient intake, int sender, ConcurrentBag<string> accepted, CancellationToken done)
    {
        using var gap = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; !done.IsCancellationRequested; i++)
        {
            var id = $"{sender}-{i}";
            try
            {
                using var answer = await intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "Ran", eventId = id, @params = new { externalCustomerId = $"c{i % 40}" } }, CancellationToken.None);
                answer.StatusCode.Should().BeOneOf(HttpStatusCode.Accepted, HttpStatusCode.ServiceUnavailable);
                if (answer.StatusCode == HttpStatusCode.Accepted)
                    accepted.Add(id);
            }
            catch (HttpRequestException)
            {
                // It listens no more.
            }

            await gap.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static Task<long> StoredAsync(TestSystem system, long events) => Eventually.BecomesAsync(
        () => system.Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"), count => count > events, $"more than {events} events in the streams");

    private static Task<string[]> IdsAsync(TestSystem system) =>
        system.Database.ScalarAsync<string[]>("select coalesce(array_agg(data ->> 'EventId'), '{}') from public.mt_events where type = 'event_recorded'");
}
