using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EventSegmentation.Contracts;
using MassTransit;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>Senders and subscribers of every kind, against both services.</summary>
public sealed class SubscriberTests : IAsyncLifetime
{
    private TestSystem _system = null!;

    public async Task InitializeAsync() => _system = await TestSystem.StartAsync();

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Fact]
    public async Task The_first_example_is_accepted_found_again_and_readable_on_the_card()
    {
        await _system.SwitchOnAsync("Applogin");
        for (var i = 0; i < 2; i++)
        {
            var example = new { eventTypeKey = "Applogin", keyValue = "bkeUc9sCpWoKLCOwmcZFKQ--", @params = new { contactId = "12312345612" } };
            (await _system.Intake.PostAsJsonAsync("/api/v3/event", example)).EnsureSuccessStatusCode();
        }

        await _system.SettleAsync(2);
        var card = (await _system.GetAsync("/api/contacts?identifier=contactId:12312345612")).GetProperty("items")[0];
        card.GetProperty("source").GetString().Should().Be("Event");
        card.GetProperty("identifiers")[0].GetProperty("value").GetString().Should().Be("12312345612");
        var events = (await _system.GetAsync($"/api/contacts/{card.GetProperty("contactId").GetString()}/events")).GetProperty("items");
        events.EnumerateArray().Select(e => e.GetProperty("keyValue").GetString()).Should().Equal("bkeUc9sCpWoKLCOwmcZFKQ--", "bkeUc9sCpWoKLCOwmcZFKQ--");
    }

    [Fact]
    public async Task The_same_event_by_http_by_plain_amqp_and_by_MassTransit_gives_the_same_stream()
    {
        await _system.SwitchOnAsync("Same");
        const string occurred = "2026-02-03T04:05:06.789Z";
        await _system.Intake.PostAsJsonAsync("/api/v3/event", Same("http", "http", occurred));
        await SubmitAsync(JsonSerializer.Serialize(Same("amqp", "amqp", occurred)));
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(_system.Broker));
        await bus.StartAsync();
        await bus.Publish(new SubmitEvents
        {
            Events =
            [
                new()
                {
                    EventTypeKey = "Same", EventId = "masstransit", KeyValue = "key", OccurredAt = DateTimeOffset.Parse(occurred, null),
                    Params = JsonSerializer.SerializeToElement(new { externalCustomerId = "masstransit", price = 1.50m, items = new[] { new { kind = "shirt" } } }),
                },
            ],
        });
        await bus.StopAsync();

        await _system.SettleAsync(3);

        var stored = await _system.Database.ScalarAsync<string[]>("""
            select array_agg(distinct (data - 'EventId' - 'ReceivedAt' - 'TraceParent' #- '{Params,externalCustomerId}')::text)
            from public.mt_events where type = 'event_recorded'
            """);
        stored.Should().ContainSingle();
        stored[0].Should().Contain("2026-02-03T04:05:06.789+00:00").And.Contain("shirt");
    }

    [Fact]
    public async Task A_python_client_receives_transitions_by_routing_key_and_MassTransit_by_default()
    {
        await _system.SwitchOnAsync("Listened");
        await _system.CreateSegmentAsync("heard", """{"event":"Listened","period":"all time"}""");
        await _system.CreateSegmentAsync("not-heard", """{"event":"Listened","period":"all time"}""");
        var received = Channel.CreateUnbounded<SegmentEntered>();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(_system.Broker);
            rabbit.ReceiveEndpoint("automation", endpoint => endpoint.Handler<SegmentEntered>(context => received.Writer.WriteAsync(context.Message).AsTask()));
        });
        await bus.StartAsync();
        using var python = StartPython("subscribe.py", _system.Broker.ToString(), "entered.heard");
        (await python.StandardOutput.ReadLineAsync()).Should().Be("bound");

        await _system.Intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "Listened", @params = new { Email = "heard@example.com" } });

        using var limit = new CancellationTokenSource(Eventually.Limit);
        var line = await python.StandardOutput.ReadLineAsync(limit.Token);
        var plain = JsonSerializer.Deserialize<JsonElement>(line!);
        plain.GetProperty("routingKey").GetString().Should().Be("entered.heard");
        var body = plain.GetProperty("body");
        body.GetProperty("transitionId").GetString().Should().Be(plain.GetProperty("messageId").GetString());
        body.GetProperty("kind").GetString().Should().Be("entered");
        body.GetProperty("identifiers")[0].GetProperty("value").GetString().Should().Be("heard@example.com");

        SegmentEntered[] typed = [await received.Reader.ReadAsync(limit.Token), await received.Reader.ReadAsync(limit.Token)];
        typed.Select(transition => transition.SegmentKey).Should().BeEquivalentTo("heard", "not-heard");
        typed.Single(transition => transition.SegmentKey == "heard").TransitionId.ToString().Should().Be(plain.GetProperty("messageId").GetString());
        await bus.StopAsync();
    }

    [Fact]
    public async Task Logs_name_no_person()
    {
        await _system.SwitchOnAsync("Logged");
        await _system.Intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "Logged", @params = new { Email = "logged@example.com" } });
        await _system.SettleAsync(1);
        (await _system.GetAsync("/api/contacts?identifier=email:logged@example.com")).GetProperty("items").GetArrayLength().Should().Be(1);

        _system.Segmentation.Log.Should().NotBeEmpty().And.OnlyContain(line => line.StartsWith('{'), "the settings beside the program are read, wherever it is started");
        _system.Segmentation.Log.Concat(_system.Ingestion.Log).Should().NotContain(line => line.Contains("logged@example.com") || line.Contains("logged%40"));
    }

    private static object Same(string id, string customer, string occurred) => new
    {
        eventTypeKey = "Same",
        eventId = id,
        keyValue = "key",
        occurredAt = occurred,
        @params = new { externalCustomerId = customer, price = 1.50m, items = new[] { new { kind = "shirt" } } },
    };

    private async Task SubmitAsync(string body)
    {
        await using var connection = await new ConnectionFactory { Uri = _system.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync(
            BrokerNames.SubmitExchange, "", mandatory: true, new BasicProperties { ContentType = "application/json" }, Encoding.UTF8.GetBytes(body));
    }

    private static Process StartPython(string script, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(TestEnvironment.Python, ["-u", Path.Combine(AppContext.BaseDirectory, "EndToEnd", script), .. arguments]) { RedirectStandardOutput = true })!;
}
