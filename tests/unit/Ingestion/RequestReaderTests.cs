using System.Text;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.UnitTests.Ingestion;

public sealed class RequestReaderTests
{
    private static readonly Receipt Receipt = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero), Import: false, index => $"made-{index}");

    private const string Event = """{"eventTypeKey":"A"}""";

    [Theory]
    [InlineData(nameof(RequestShape.Single), Event)]
    [InlineData(nameof(RequestShape.Single), "\uFEFF" + Event)]
    [InlineData(nameof(RequestShape.Batch), $$"""{"events":[{{Event}}]}""")]
    [InlineData(nameof(RequestShape.Either), Event)]
    [InlineData(nameof(RequestShape.Either), $$"""{"events":null,"eventTypeKey":"A"}""")]
    [InlineData(nameof(RequestShape.Either), $$"""{"events":[{{Event}}]}""")]
    [InlineData(nameof(RequestShape.Envelope), $$"""{"messageId":"1","message":{{Event}}}""")]
    [InlineData(nameof(RequestShape.Envelope), "{\"messageId\":\"1\",\"message\":{\"events\":[" + Event + "]}}")]
    public void Each_shape_holds_its_events(string shape, string body) =>
        Events(Enum.Parse<RequestShape>(shape), body).Accepted.Should().ContainSingle().Which.EventType.Should().Be("A");

    [Theory]
    [InlineData(nameof(RequestShape.Single), "", "", "the body is not JSON at line 1, byte 1")]
    [InlineData(nameof(RequestShape.Single), "{\"eventTypeKey\":\n'A'}", "", "the body is not JSON at line 2, byte 1")]
    [InlineData(nameof(RequestShape.Single), Event + Event, "", "the body is not JSON at line 1, byte 21")]
    [InlineData(nameof(RequestShape.Single), "[" + Event + "]", "", "must be an object; an array came")]
    [InlineData(nameof(RequestShape.Batch), Event, "/events", "is missing; give 1 to 500 events")]
    [InlineData(nameof(RequestShape.Batch), "{\"events\":{}}", "/events", "must be an array; an object came")]
    [InlineData(nameof(RequestShape.Batch), "{\"events\":[]}", "/events", "may hold 1 to 500 events; 0 came")]
    [InlineData(nameof(RequestShape.Batch), "{\"events\":[1],\"events\":[2]}", "/events", "is given twice")]
    [InlineData(nameof(RequestShape.Envelope), "{\"messageId\":\"1\"}", "/message", "is missing in the MassTransit envelope")]
    [InlineData(nameof(RequestShape.Envelope), "{\"message\":7}", "/message", "must be an object; a number came")]
    [InlineData(nameof(RequestShape.Envelope), "7", "", "a MassTransit envelope must be an object; a number came")]
    public void A_body_that_is_wrong_as_a_whole_says_where_and_why(string shape, string body, string where, string detail) =>
        Read(Enum.Parse<RequestShape>(shape), Encoding.UTF8.GetBytes(body)).Should().BeOfType<RequestReading.Unreadable>()
            .Which.Error.Should().BeEquivalentTo(new { Pointer = where, Detail = detail });

    [Fact]
    public void A_body_that_is_not_UTF8_is_no_JSON() =>
        Read(RequestShape.Single, [.. "{\"eventTypeKey\":\"A"u8, 0xFF, .. "\"}"u8]).Should().BeOfType<RequestReading.Unreadable>()
            .Which.Error.Reason.Should().Be(RefusalReason.NotJson);

    [Fact]
    public void Five_hundred_events_are_accepted_in_their_order_and_one_more_is_not()
    {
        static string Body(int count) =>
            $$"""{"events":[{{string.Join(',', Enumerable.Range(0, count).Select(index => $$"""{"eventTypeKey":"A{{index}}"}"""))}}]}""";

        Events(RequestShape.Batch, Body(500)).Accepted.Select(one => (one.EventType, one.EventId))
            .Should().Equal(Enumerable.Range(0, 500).Select(index => ($"A{index}", $"made-{index}")));
        Read(RequestShape.Batch, Encoding.UTF8.GetBytes(Body(501))).Should().BeOfType<RequestReading.Unreadable>()
            .Which.Error.Should().BeEquivalentTo(new { Pointer = "/events", Detail = "may hold 1 to 500 events; 501 came", Reason = RefusalReason.TooMany });
    }

    [Fact]
    public void Good_events_survive_bad_neighbours()
    {
        var deep = new string('[', 5000) + new string(']', 5000);
        var events = Events(RequestShape.Batch,
            $$$"""{"events":[{"eventTypeKey":"A"},{"eventTypeKey":"B,","eventId":"b"},{"eventTypeKey":"C","params":{"a":{{{deep}}}}},7,{"eventTypeKey":"D","eventId":"d"}]}""");

        events.Accepted.Select(one => one.EventId).Should().Equal("made-0", "d");
        events.Refused.Select(one => (one.Index, one.EventId, one.Pointer)).Should()
            .Equal((1, "b", "/events/1"), (2, null, "/events/2"), (3, null, "/events/3"));
        Encoding.UTF8.GetString(events.Refused[0].Json).Should().Be("""{"eventTypeKey":"B,","eventId":"b"}""");
    }

    [Fact]
    public void Repeats_inside_one_request_are_accepted() =>
        Events(RequestShape.Batch, """{"events":[{"eventTypeKey":"A","eventId":"1"},{"eventTypeKey":"A","eventId":"1"}]}""").Refused.Should().BeEmpty();

    [Fact]
    public void What_was_read_does_not_hold_on_to_the_body()
    {
        var body = Encoding.UTF8.GetBytes("""{"eventTypeKey":"A","params":{"a":"before"}}""");
        var events = (RequestReading.Events)Read(RequestShape.Single, body);
        body.AsSpan().Fill((byte)'x');

        events.Accepted[0].Params.GetProperty("a").GetString().Should().Be("before");
    }

    private static RequestReading.Events Events(RequestShape shape, string body) =>
        Read(shape, Encoding.UTF8.GetBytes(body)).Should().BeOfType<RequestReading.Events>().Which;

    private static RequestReading Read(RequestShape shape, byte[] body) => RequestReader.Read(body, shape, Receipt);
}
