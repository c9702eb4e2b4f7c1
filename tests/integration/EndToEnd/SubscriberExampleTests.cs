using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>The subscribers of docs/subscribers.md, run as it says, and what they stand on: the ledger that can be read again.</summary>
public sealed class SubscriberExampleTests : IAsyncLifetime
{
    private readonly string _state = Path.Combine(Path.GetTempPath(), $"subscriber-{Guid.NewGuid():N}.json");
    private TestSystem _system = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync();
        await _system.SwitchOnAsync("Joined", "Left");
        await _system.CreateSegmentAsync("inside", """{"last":"Joined","period":"all time","notFollowedBy":{"event":"Left"}}""");
    }

    public async Task DisposeAsync()
    {
        File.Delete(_state);
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task The_MassTransit_example_prints_each_transition_and_finds_what_waited_while_it_was_away()
    {
        string id;
        await using (var example = ExampleProgram.CSharp(_system.Broker.ToString()))
        {
            (await example.ReadAsync(1)).Should().Equal("listening");
            id = await SendAsync("Joined");
            await SendAsync("Left");
            (await example.ReadAsync(2)).Should().Equal($"{id} entered inside, because of event", $"{id} exited inside, because of event");
        }

        await SendAsync("Joined");
        await _system.SettleAsync(3);
        await using var again = ExampleProgram.CSharp(_system.Broker.ToString());
        (await again.ReadAsync(2)).Should().BeEquivalentTo("listening", $"{id} entered inside, because of event");
    }

    [Fact]
    public async Task The_python_example_reads_from_the_ledger_what_it_missed_and_handles_nothing_twice()
    {
        var id = await SendAsync("Joined");
        await _system.SettleAsync(1);
        await using (var example = Python())
        {
            (await example.ReadAsync(2)).Should().Equal($"{id} entered inside, because of event", "caught up");
            await SendAsync("Left");
            (await example.ReadAsync(1)).Should().Equal($"{id} exited inside, because of event");
            await Eventually.BecomesAsync(() => File.ReadAllTextAsync(_state), state => state.Contains("\"position\": 2"), "the position being saved");
        }

        await SendAsync("Joined");
        await _system.SettleAsync(3);
        await using var again = Python();
        (await again.ReadAsync(2)).Should().Equal($"{id} entered inside, because of event", "caught up");
        await SendAsync("Left");
        (await again.ReadAsync(1)).Should().Equal($"{id} exited inside, because of event");
        again.Unread.Should().Be(0);
    }

    [Fact]
    public async Task The_ledger_is_read_from_any_place_over_all_segments_of_one_and_of_one_contact()
    {
        await _system.CreateSegmentAsync("ever", """{"event":"Joined","period":"all time"}""");
        var id = await SendAsync("Joined");
        await SendAsync("Left");
        await _system.SettleAsync(2);

        var all = await ItemsAsync("/api/transitions");
        all.Select(Position).Should().Equal(1, 2, 3);
        (await ItemsAsync("/api/transitions?after=1")).Select(Position).Should().Equal(2, 3);
        (await ItemsAsync("/api/transitions?after=3")).Should().BeEmpty();
        var inside = await ItemsAsync("/api/segments/inside/transitions");
        inside.Select(item => item.GetProperty("kind").GetString()).Should().Equal("entered", "exited");
        (await ItemsAsync($"/api/segments/inside/transitions?after={Position(inside[0])}")).Select(Position).Should().Equal(Position(inside[1]));
        (await ItemsAsync($"/api/contacts/{id}/transitions?after=2")).Select(item => item.GetProperty("number").GetInt64()).Should().Equal(3);
        all.Select(item => item.GetProperty("number").GetInt64()).Should().Equal(1, 2, 3);

        var first = await _system.GetAsync("/api/transitions?after=0&limit=2");
        (await ItemsAsync($"/api/transitions?cursor={first.GetProperty("next").GetString()}")).Select(Position).Should().Equal(3);
        foreach (var wrong in new[] { "after=-1", "after=x", "after=1&cursor=MQ" })
            (await _system.Api.GetAsync($"/api/transitions?{wrong}")).StatusCode.Should().Be(HttpStatusCode.BadRequest, wrong);
    }

    private ExampleProgram Python() =>
        ExampleProgram.Python(_system.Broker.ToString(), _system.Segmentation.Address.ToString().TrimEnd('/'), TestSystem.ReadKey, _state);

    private async Task<string> SendAsync(string type)
    {
        // As any sender does: again after a 503, under the same id.
        var sent = new { eventTypeKey = type, eventId = Guid.NewGuid(), @params = new { Email = "example@example.com" } };
        await Eventually.BecomesAsync(() => _system.Intake.PostAsJsonAsync("/api/v3/event", sent), answer => answer.IsSuccessStatusCode, "the event being accepted");
        var card = await Eventually.BecomesAsync(
            async () => (await _system.GetAsync("/api/contacts?identifier=email:example@example.com")).GetProperty("items").EnumerateArray().FirstOrDefault(),
            card => card.ValueKind == JsonValueKind.Object, "the contact");
        return card.GetProperty("contactId").GetString()!;
    }

    private async Task<JsonElement[]> ItemsAsync(string path) => [.. (await _system.GetAsync(path)).GetProperty("items").EnumerateArray()];

    private static long Position(JsonElement item) => item.GetProperty("position").GetInt64();
}
