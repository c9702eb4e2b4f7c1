using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class MembershipTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task An_event_lets_a_contact_enter_and_the_clock_lets_it_leave_on_time()
    {
        await service.SwitchOnAsync("WorkoutCompleted");
        await service.CreateSegmentAsync("just-worked-out", """{"event":"WorkoutCompleted","period":"last 3 seconds"}""");
        var workout = Event("WorkoutCompleted", new { Email = "on-time@example.com" });

        await service.SendAsync(workout);

        var entered = await service.Transitions.NextAsync(
            received => received.Transition is { SegmentKey: "just-worked-out", Kind: TransitionKind.Entered }, "the entry");
        entered.RoutingKey.Should().Be("entered.just-worked-out");
        entered.MessageId.Should().Be(entered.Transition.TransitionId.ToString());
        entered.Transition.Cause.Should().Be(TransitionCause.Event);
        entered.Transition.CauseEventId.Should().Be(workout.EventId);
        entered.Transition.Identifiers.Should().Equal(new ContactIdentifier("email", "on-time@example.com"));

        var exited = await service.Transitions.NextAsync(
            received => received.Transition is { SegmentKey: "just-worked-out", Kind: TransitionKind.Exited }, "the exit");
        exited.Transition.Cause.Should().Be(TransitionCause.Clock);
        exited.Transition.At.Should().Be(Truncated(workout.OccurredAt).AddSeconds(3));
        exited.Transition.Number.Should().Be(entered.Transition.Number + 1);
        (await service.MembersAsync("just-worked-out")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_new_segment_is_built_from_stored_history()
    {
        await service.SwitchOnAsync("Paid");
        var sent = Enumerable.Range(0, 40).Select(i => Event("Paid", new { ContactId = $"built-{i % 20}", amount = i })).ToArray();
        await service.SendAsync(sent);
        await service.CardAsync("contactId:built-19");

        await service.CreateSegmentAsync("paid-much", """{"event":"Paid","where":{"param":"amount","atLeast":30},"period":"all time"}""");

        var members = await service.MembersAsync("paid-much");
        members.Should().HaveCount(10);
        var entries = await service.GetAsync("/api/segments/paid-much/transitions");
        entries.GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("cause").GetString())
            .Should().HaveCount(10).And.OnlyContain(cause => cause == TransitionCause.Definition);
    }

    [Fact]
    public async Task A_negative_segment_holds_a_contact_who_never_did_it_and_loses_one_who_does()
    {
        await service.SwitchOnAsync("Seen", "Cancelled");
        await service.CreateSegmentAsync("not-cancelled", """{"not":{"event":"Cancelled","period":"all time"}}""");

        await service.SendAsync(Event("Seen", new { ContactId = "negative" }));
        var card = await service.CardAsync("contactId:negative");
        var id = card.GetProperty("contactId").GetString()!;
        await service.Transitions.NextAsync(received => received.Transition.ContactId == id && received.Transition.Kind == TransitionKind.Entered, "the entry");
        await service.SendAsync(Event("Cancelled", new { ContactId = "negative" }), Event("Cancelled", new { ContactId = "negative-at-once" }));

        await service.Transitions.NextAsync(received => received.Transition.ContactId == id && received.Transition.Kind == TransitionKind.Exited, "the exit");
        var other = (await service.CardAsync("contactId:negative-at-once")).GetProperty("contactId").GetString();
        service.Transitions.All.Should().NotContain(received => received.Transition.ContactId == other, "a contact comes into being with its first event");
    }

    [Fact]
    public async Task Deleting_a_segment_lets_its_members_leave()
    {
        await service.SwitchOnAsync("Installed");
        await service.CreateSegmentAsync("to-be-deleted", """{"event":"Installed","period":"all time"}""");
        await service.SendAsync(Event("Installed", new { ContactId = "left-behind" }));
        await service.Transitions.NextAsync(received => received.Transition.SegmentKey == "to-be-deleted", "the entry");

        (await service.Api.DeleteAsync("/api/segments/to-be-deleted")).StatusCode.Should().Be(HttpStatusCode.NoContent);

        var exited = await service.Transitions.NextAsync(
            received => received.Transition is { SegmentKey: "to-be-deleted", Kind: TransitionKind.Exited }, "the exit");
        exited.Transition.Cause.Should().Be(TransitionCause.Definition);
        (await service.GetAsync("/api/segments/to-be-deleted")).GetProperty("state").GetString().Should().Be("archived");
    }

    [Fact]
    public async Task A_future_event_counts_from_the_instant_it_names()
    {
        await service.SwitchOnAsync("Booked");
        await service.CreateSegmentAsync("booked", """{"event":"Booked","period":"all time"}""");
        var booking = Event("Booked", new { ContactId = "future" }, DateTimeOffset.UtcNow.AddSeconds(2));

        await service.SendAsync(booking);

        var entered = await service.Transitions.NextAsync(received => received.Transition.SegmentKey == "booked", "the entry");
        entered.Transition.Cause.Should().Be(TransitionCause.Clock);
        entered.Transition.At.Should().Be(Truncated(booking.OccurredAt));
    }

    [Fact]
    public async Task An_event_that_cannot_be_stored_is_set_aside_and_its_neighbours_are_kept()
    {
        await service.SwitchOnAsync("Poison");

        await service.SendAsync(
            Event("Poison", new { ContactId = "before-the-poison" }),
            Event("Poison", new { ContactId = "poisoned", text = "a\0b" }),
            Event("Poison", new { ContactId = "after-the-poison" }));

        await service.CardAsync("contactId:before-the-poison");
        await service.CardAsync("contactId:after-the-poison");
        var aside = await Eventually.BecomesAsync(SetAsideAsync, message => message is not null, "the batch being set aside");
        aside!.BasicProperties.Headers.Should().ContainKey("MT-Fault-Message");
        (await service.GetAsync("/api/contacts?identifier=contactId:poisoned")).GetProperty("items").GetArrayLength().Should().Be(0);
        var shown = (await service.GetAsync("/api/events?type=Poison&state=refused")).GetProperty("items").EnumerateArray().Should().ContainSingle().Which;
        shown.GetProperty("reason").GetString().Should().Contain("cannot be stored");
        shown.GetProperty("params").GetProperty("ContactId").GetString().Should().Be("poisoned");
    }

    // The queue comes into being with its first message, and asking for one that is not there yet ends the connection.
    private async Task<BasicGetResult?> SetAsideAsync()
    {
        try
        {
            await using var connection = await new ConnectionFactory { Uri = service.Broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
            await using var channel = await connection.CreateChannelAsync();
            return await channel.BasicGetAsync("event-segmentation.normalized_error", autoAck: true);
        }
        catch (OperationInterruptedException)
        {
            return null;
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_definition_is_said_where_it_is()
    {
        var answer = await service.Api.PostAsJsonAsync("/api/segments", new
        {
            key = "Wrong Key",
            name = "",
            condition = new { all = new object[] { new { @event = "X", period = "last fortnight" } } },
        });

        answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("pointer").GetString())
            .Should().BeEquivalentTo("/key", "/name", "/condition/all/0/period");
    }

    [Theory]
    [InlineData("POST", "/api/segments", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("POST", "/api/segments", "", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/segments", "{bad", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/segments", "null", HttpStatusCode.UnprocessableEntity)]
    [InlineData("POST", "/api/segments", """{"key":"a","key":"b"}""", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/segments", """{"key":"a","name":"\ud800x","condition":{"all":[]}}""", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/segments", """{"key":"a","name":"x","\ud800x":1,"condition":{"all":[]}}""", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/segments", """{"key":"a","name":"n","condition":{"event":"A","where":{"param":"p","is":"\u0000"}}}""", HttpStatusCode.BadRequest)]
    [InlineData("PUT", "/api/event-types/a%2Fb/segmentation", """{"on":true}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("GET", "/api/segments?q=%00", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/segments?cursor=AA", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/segments?limit=0", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/contacts?identifier=email:a%00b", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/contacts?identifier=email", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/contacts/%00", null, HttpStatusCode.BadRequest)]
    public async Task A_mistake_of_the_caller_is_a_problem_that_says_so(string method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
            request.Content = new StringContent(body, null, "application/json");

        var answer = await service.Api.SendAsync(request);

        answer.StatusCode.Should().Be(expected);
    }

    private static DateTimeOffset Truncated(DateTimeOffset instant) => new(instant.Ticks - (instant.Ticks % TimeSpan.TicksPerMicrosecond), instant.Offset);
}
