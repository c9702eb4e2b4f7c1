using System.Net.Http.Headers;
using System.Net.Http.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.IntegrationTests.Segmentation;
using MassTransit;
using Npgsql;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>Two processes of the service, each with its matchers, over one queue and one database.</summary>
public sealed class RivalProcessesTests(ITestOutputHelper output)
{
    private const int Rounds = 100;
    private const int Events = 50;

    [Fact]
    public async Task Fifty_events_of_one_new_person_sent_to_both_at_once_make_one_contact_a_hundred_times()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var vhost = new TestVhost();
        await vhost.InitializeAsync();
        await using var first = await StartAsync(database, vhost, "first");
        await using var second = await StartAsync(database, vhost, "second");
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);

        // Says of every event which process recorded it.
        await ExecuteAsync(source, "alter table public.mt_events add column recorded_by text default current_setting('application_name')");
        using (var api = new HttpClient { BaseAddress = first.Address })
        {
            api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestSystem.AdminKey);
            (await api.PutAsJsonAsync("/api/event-types/Rival/segmentation", new { on = true })).EnsureSuccessStatusCode();
        }

        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(vhost.Amqp));
        await bus.StartAsync();
        for (var round = 0; round < Rounds; round++)
        {
            object[] identities =
            [
                new { ContactId = $"rival-{round}", Email = $"rival-{round}@example.com", Phone = $"77{round}" },
                new { ContactId = $"rival-{round}", Email = $"RIVAL-{round}@example.com" },
                new { ContactId = $"rival-{round}", Phone = $"77{round}" },
            ];
            var events = Enumerable.Range(0, Events).Select(i => SegmentationService.Event("Rival", identities[i % 3], id: $"rival-{round}-{i}"));

            // A message each, so that the broker gives them to both processes in turn. The round before may still be at work.
            await Task.WhenAll(events.Select(e => bus.Publish(new EventsNormalized { Events = [e] })));
            await StoredAsync(source, round * Events);
        }

        await StoredAsync(source, Rounds * Events);

        await bus.StopAsync();
        const string rounds = """
            select split_part(data ->> 'EventId', '-', 2) as round, count(*) as events, count(distinct data ->> 'EventId') as ids,
                   count(distinct stream_id) as contacts, count(distinct recorded_by) as processes
            from public.mt_events where type = 'event_recorded' group by 1
            """;
        (await CountAsync(source, "select count(*) from segmentation.contacts")).Should().Be(Rounds);
        (await CountAsync(source, "select count(*) from segmentation.identifiers")).Should().Be(3 * Rounds);
        (await CountAsync(source, $"select count(*) from ({rounds}) r where (events, ids, contacts) = ({Events}, {Events}, 1)")).Should().Be(Rounds);
        (await CountAsync(source, "select count(*) from segmentation.unassigned_events")).Should().Be(0);
        (await CountAsync(source, "select count(*) from segmentation.conflicts")).Should().Be(0);
        var contested = await CountAsync(source, $"select count(*) from ({rounds}) r where processes = 2");
        output.WriteLine($"both processes recorded events of the same person in {contested} of {Rounds} rounds");
        output.WriteLine($"{await CountAsync(source, "select xact_rollback from pg_stat_database where datname = current_database()")} transactions lost a race or found nothing new");
        contested.Should().BeGreaterThan(Rounds / 2, "the processes are to be rivals");
        await vhost.DisposeAsync();
    }

    private static Task<ServiceProcess> StartAsync(TestDatabase database, TestVhost vhost, string name) => ServiceProcess.StartAsync(
        "segmentation",
        new Dictionary<string, string>
        {
            ["Segmentation__Database"] = $"{database.ConnectionString};Application Name={name}",
            ["Segmentation__Broker"] = vhost.Amqp.ToString(),
            ["Segmentation__AdminKeys__0"] = TestSystem.AdminKey,
        });

    private static Task<long> StoredAsync(NpgsqlDataSource source, long count) => Eventually.BecomesAsync(
        () => CountAsync(source, "select events from segmentation.event_types where key = 'Rival'"), stored => stored >= count, $"{count} events stored");

    private static async Task<long> CountAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
