using System.Net;
using System.Net.Http.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Builds;
using Npgsql;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>The service is killed in the middle of a build while events keep coming.</summary>
[Collection(nameof(Alone))]
public sealed class BuildKillTests(ITestOutputHelper output)
{
    private const int Contacts = 2_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private const string Before = """{"last":"AppLogin","period":"all time","has":{"param":"n","lessThan":500}}""";
    private const string After = """{"last":"WorkoutCompleted","period":"all time","has":{"param":"n","lessThan":500}}""";

    private readonly Random _random = new(2_000);
    private int _sent;

    [Fact]
    public async Task An_edit_survives_kills_in_the_middle_of_its_build_and_nobody_enters_twice()
    {
        // Small slices, so that the build is long enough to be killed.
        await using var system = await TestSystem.StartAsync(new Dictionary<string, string> { ["Segmentation__ContactBatch"] = "20" });
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker, "*.edited");
        await system.SwitchOnAsync("AppLogin", "WorkoutCompleted");
        await system.CreateSegmentAsync("edited", Before);
        while (_sent < Contacts * 3)
            await SendAsync(system, events: 300);
        await system.SettleAsync(_sent);

        using var enough = new CancellationTokenSource();
        var traffic = TrafficAsync(system, enough.Token);
        await EditAsync(system);
        var reached = 0L;
        for (var kills = 0; kills < 3; kills++)
        {
            var least = reached;
            await Eventually.BecomesAsync(() => BuiltAsync(system), built => built > least, "the build going on", Limit);
            await system.Segmentation.KillAsync();
            reached = await BuiltAsync(system);
            if (kills == 0)
                (await IsBuildingAsync(system)).Should().BeTrue("the kill is to come in the middle of the build");
            await system.Segmentation.StartAsync();
            (await BuiltAsync(system)).Should().BeGreaterThanOrEqualTo(reached, "it goes on where it was");
            output.WriteLine($"killed at {reached} of {Contacts}");
        }

        await Eventually.BecomesAsync(
            () => system.GetAsync("/api/segments/edited"), segment => segment.GetProperty("version").GetInt32() == 2, "the new version being live", Limit);
        await enough.CancelAsync();
        await traffic;
        await system.SettleAsync(_sent);

        (await system.MembersAsync("edited")).Should().BeEquivalentTo(await system.ReferenceMembersAsync(After));
        await LedgerSum.CheckAsync(system.Database.ScalarAsync<long>);
        output.WriteLine(await system.Database.ScalarAsync<string>("""
            select string_agg(line, e'\n') from (
                select concat_ws(' ', cause, 'version', version, case when entered then 'entered' else 'exited' end, count(*), 'at', min(position), 'to', max(position)) as line
                from segmentation.ledger group by cause, version, entered order by min(position)) lines
            """));
        (await system.Database.ScalarAsync<bool>("""
            select bool_and(l.version = case when l.position < swap.first then 1 else 2 end)
            from segmentation.ledger l, (select min(position) as first from segmentation.ledger where version = 2) swap
            """)).Should().BeTrue("the old version answers until the swap, and the new one from there on");
        await NobodyEntersTwiceAsync(system, probe);
    }

    // What a subscriber makes of it: by number, each id once, entries and exits take turns.
    private async Task NobodyEntersTwiceAsync(TestSystem system, TransitionProbe probe)
    {
        var ledger = await system.Database.ScalarAsync<long>("select count(*) from segmentation.ledger");
        await Eventually.BecomesAsync(
            () => Task.FromResult(probe.All.Select(received => received.Transition.TransitionId).Distinct().Count()), count => count >= ledger, "every transition received");
        foreach (var contact in probe.All.Select(received => received.Transition).DistinctBy(transition => transition.TransitionId).GroupBy(transition => transition.ContactId))
        {
            var kinds = contact.OrderBy(transition => transition.Number).Select(transition => transition.Kind).ToArray();
            kinds.Should().Equal(kinds.Select((_, place) => place % 2 == 0 ? TransitionKind.Entered : TransitionKind.Exited), $"of contact {contact.Key}");
        }

        output.WriteLine($"{ledger} transitions, {probe.All.Count} deliveries, {_sent} events");
    }

    private static async Task EditAsync(TestSystem system)
    {
        await using var source = NpgsqlDataSource.Create(system.Database.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await BuildStore.TakePlanAsync(connection, CancellationToken.None);
        var now = DateTimeOffset.UtcNow;
        var change = new SegmentChange(
            await SegmentRows.SegmentAsync(connection, "edited", now), await SegmentRows.VersionAsync(connection, "edited", After, now));
        (await BuildStore.RequestAsync(connection, "test", silent: false, [change], [], now, CancellationToken.None)).Should().BeOfType<BuildRequest.Accepted>();
        await transaction.CommitAsync();
    }

    private static Task<long> BuiltAsync(TestSystem system) => system.Database.ScalarAsync<long>("select built from segmentation.builds order by id desc limit 1");

    private static Task<bool> IsBuildingAsync(TestSystem system) => system.Database.ScalarAsync<bool>("select state = 'running' from segmentation.builds order by id desc limit 1");

    private async Task TrafficAsync(TestSystem system, CancellationToken enough)
    {
        using var gap = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!enough.IsCancellationRequested)
        {
            await SendAsync(system, events: 20);
            await gap.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task SendAsync(TestSystem system, int events)
    {
        var batch = new
        {
            events = Enumerable.Range(_sent, events).Select(i => new
            {
                eventTypeKey = _random.Next(3) == 0 ? "AppLogin" : "WorkoutCompleted",
                eventId = $"kill-{i}",
                @params = new { externalCustomerId = $"customer-{_random.Next(Contacts)}", n = _random.Next(1_000) },
            }).ToArray(),
        };
        _sent += events;
        using var answer = await system.Intake.PostAsJsonAsync("/api/v3/events", batch);
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
    }
}
