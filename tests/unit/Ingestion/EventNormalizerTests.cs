using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.UnitTests.Ingestion;

/// <summary>What is accepted, what is refused, and with which words: the table of the intake.</summary>
public sealed class EventNormalizerTests
{
    private static readonly DateTimeOffset ReceivedAt = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);

    private static readonly Receipt Receipt = new(ReceivedAt, Import: false, index => $"made-{index}");

    [Fact]
    public void The_example_of_the_product_is_accepted()
    {
        var accepted = Accept("""{"eventTypeKey":"Applogin","keyValue":"bkeUc9sCpWoKLCOwmcZFKQ--","params":{"contactId":"12312345612"}}""");

        accepted.Should().BeEquivalentTo(new
        {
            EventId = "made-0",
            EventType = "Applogin",
            KeyValue = "bkeUc9sCpWoKLCOwmcZFKQ--",
            OccurredAt = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123_456),
            ReceivedAt = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123_456),
            Import = false,
        });
        accepted.Params.GetRawText().Should().Be("""{"contactId":"12312345612"}""");
    }

    [Theory]
    [InlineData("""{"eventTypeKey":"A"}""", "")]
    [InlineData("""{"eventTypeKey":"a"}""", "/here/eventTypeKey is a, which this key may not send NotAllowed")]
    [InlineData("""{"eventTypeKey":"B","eventId":""}""", "/here/eventTypeKey is B, which this key may not send NotAllowed; /here/eventId must be 1 to 100 characters; an empty text came EventId")]
    public void A_key_for_some_types_sends_no_others(string json, string errors)
    {
        var verdict = EventNormalizer.Normalize(JsonElement.Parse(json), "/here", 0, Receipt with { EventTypes = new HashSet<string> { "A" } });

        string.Join("; ", (verdict as EventVerdict.Refused)?.Errors.Select(error => $"{error.Pointer} {error.Detail} {error.Reason}") ?? []).Should().Be(errors);
    }

    public static TheoryData<string, string> Forms { get; } = new()
    {
        // event, params as published
        { """{"eventTypeKey":"A"}""", "{}" },
        { """{"eventTypeKey":"A","params":null}""", "{}" },
        { """{"eventTypeKey":"A","params":{}}""", "{}" },
        { """{"eventTypeKey":"A","params":[]}""", "{}" },
        { """{"eventTypeKey":"A","params":{"a":{"b":[1,null,{"c":"d"}]}}}""", """{"a":{"b":[1,null,{"c":"d"}]}}""" },
        { """{"eventTypeKey":"A","params":[{"name":"a","value":"x"},{"name":"b","value":[1]},{"value":true,"name":"c"}]}""", """{"a":"x","b":[1],"c":true}""" },
        { """{"eventTypeKey":"A","params":[{"name":"a"},{"name":"b","value":null}]}""", """{"a":null,"b":null}""" },
        { """{"eventTypeKey":"A","params":[{"name":"a","value":1.50,"unit":"kg"}]}""", """{"a":1.50}""" },
        { """{"eventTypeKey":"A","keyValue":null,"eventId":null,"occurredAt":null,"occurred":null,"colour":"red","colour":2}""", "{}" },
        { """{"event\u0054ypeKey":"A","\ud800":1}""", "{}" },
        { """{"eventTypeKey":"A","params":{"a":"\ud83d\ude00 \\u0000 \u20ac","":""}}""", """{"a":"\ud83d\ude00 \\u0000 \u20ac","":""}""" },
        { """{"eventTypeKey":"A","params":{"a":1,"A":2}}""", """{"a":1,"A":2}""" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_accepted_form_becomes_one_object_of_params(string json, string expected) =>
        Accept(json).Params.GetRawText().Should().Be(expected);

    public static TheoryData<string, string> Limits { get; } = new()
    {
        { "event type of 1", Event(type: "a") },
        { "event type of 100", Event(type: new string('a', 100)) },
        { "event type of 100 characters outside the basic plane", Event(type: string.Concat(Enumerable.Repeat("😀", 100))) },
        { "event type with everything that is not forbidden", Event(type: "a b~@#$%&*()-_=+[]{}:.é") },
        { "key value of 0", Event(keyValue: "") },
        { "key value of 300", Event(keyValue: new string('k', 300)) },
        { "event id of 1", Event(eventId: "1") },
        { "event id of 100", Event(eventId: new string('i', 100)) },
        { "event of 20 KB", EventOf(20 * 1024) },
        { "params of 32 levels", WithParams(Nested(31)) },
        { "a number of 400 digits", WithParams(new string('9', 400)) },
        { "a number of 400 digits by its exponent", WithParams("1e399") },
        { "the smallest double", WithParams("4.9406564584124654E-324") },
        { "the largest double", WithParams("-1.7976931348623157E+308") },
        { "the first instant", """{"eventTypeKey":"A","occurredAt":"0002-01-01"}""" },
        { "the last instant", """{"eventTypeKey":"A","occurredAt":"9998-12-31T23:59:59.999999Z"}""" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void What_is_at_the_limit_is_accepted(string what, string json) => Accept(json).Should().NotBeNull(what);

    public static TheoryData<string, string, string> Refusals { get; } = new()
    {
        // event, where, why
        { "7", "", "an event must be an object; a number came" },
        { "[]", "", "an event must be an object; an array came" },
        { "{}", "/eventTypeKey", "is missing; give the event type, 1 to 100 characters" },
        { """{"eventTypeKey":null}""", "/eventTypeKey", "is missing; give the event type, 1 to 100 characters" },
        { """{"eventTypeKey":5}""", "/eventTypeKey", "must be a text; a number came" },
        { """{"eventTypeKey":""}""", "/eventTypeKey", "must be 1 to 100 characters; an empty text came" },
        { Event(type: new string('a', 101)), "/eventTypeKey", "may be up to 100 characters; 101 came" },
        { """{"eventTypeKey":"A\u0000"}""", "/eventTypeKey", "must not contain the character U+0000" },
        { """{"eventTypeKey":"A","eventTypeKey":"B"}""", "/eventTypeKey", "is given twice" },
        { Event(keyValue: new string('k', 301)), "/keyValue", "may be up to 300 characters; 301 came" },
        { """{"eventTypeKey":"A","keyValue":12}""", "/keyValue", "must be a text; a number came" },
        { """{"eventTypeKey":"A","keyValue":"\udc00"}""", "/keyValue", "must not contain half of a surrogate pair" },
        { Event(eventId: new string('i', 101)), "/eventId", "may be up to 100 characters; 101 came" },
        { """{"eventTypeKey":"A","eventId":""}""", "/eventId", "must be 1 to 100 characters; an empty text came" },
        { """{"eventTypeKey":"A","eventId":7}""", "/eventId", "must be a text; a number came" },
        { EventOf(20 * 1024 + 1), "", "an event may be up to 20480 bytes (20 KB) of JSON; 20481 came" },
        { """{"eventTypeKey":"A","occurredAt":1767225600}""", "/occurredAt", "must be a text, YYYY-MM-DD or an ISO 8601 date-time; a number came" },
        { """{"eventTypeKey":"A","occurredAt":"soon"}""", "/occurredAt", "must be YYYY-MM-DD or an ISO 8601 date-time such as 2026-05-01T12:30:00Z; this came: soon" },
        { """{"eventTypeKey":"A","occurred":"2026-02-30"}""", "/occurred", "must be YYYY-MM-DD or an ISO 8601 date-time such as 2026-05-01T12:30:00Z; this came: 2026-02-30" },
        { """{"eventTypeKey":"A","occurredAt":"0001-12-31T23:59:59Z"}""", "/occurredAt", "must lie in the years 2 to 9998, UTC; this came: 0001-12-31T23:59:59Z" },
        { """{"eventTypeKey":"A","occurredAt":"9999-01-01"}""", "/occurredAt", "must lie in the years 2 to 9998, UTC; this came: 9999-01-01" },
        { """{"eventTypeKey":"A","occurredAt":"2026-05-01","occurred":"2026-05-01"}""", "/occurred", "means the same as occurredAt; give one of the two" },
        { WithParams("\"text\"", bare: true), "/params", "must be an object, or an array of {name, value}; a text came" },
        { WithParams(Nested(32)), "/params/a" + string.Concat(Enumerable.Repeat("/0", 31)), "may be nested 32 levels deep; this is level 33" },
        { WithParams("1" + new string('0', 400)), "/params/a", "a number may have 400 digits when written without exponent; this has 401" },
        { WithParams("1e400"), "/params/a", "a number may have 400 digits when written without exponent; this has 401" },
        { WithParams("1e-400"), "/params/a", "a number may have 400 digits when written without exponent; this has 401" },
        { WithParams("1e99999999999999999999"), "/params/a", "a number may have 400 digits when written without exponent; this has far more" },
        { WithParams("""{"b/c~":[1,"x\u0000"]}"""), "/params/a/b~1c~0/1", "must not contain the character U+0000" },
        { WithParams("\"\\ud83d\""), "/params/a", "must not contain half of a surrogate pair" },
        { WithParams("""{"\u0000":1}"""), "/params/a/\\u0000", "the name must not contain the character U+0000" },
        { WithParams("""{"b":1,"c":2,"\u0062":3}"""), "/params/a/b", "is given twice" },
        { WithParams("""[{"name":"a","value":1},{"name":"a","value":1}]""", bare: true), "/params/1/name", "was given before" },
        { WithParams("""[{"name":"a","name":"b"}]""", bare: true), "/params/0/name", "is given twice" },
        { WithParams("""[{"name":"a","value":1,"value":2}]""", bare: true), "/params/0/value", "is given twice" },
        { WithParams("""[{"value":1}]""", bare: true), "/params/0/name", "is missing" },
        { WithParams("""[{"name":1}]""", bare: true), "/params/0/name", "must be a text; a number came" },
        { WithParams("""[5]""", bare: true), "/params/0", "must be an object {name, value}; a number came" },
        { WithParams("""[{"name":"a","value":{"b":"\u0000"}}]""", bare: true), "/params/0/value/b", "must not contain the character U+0000" },
        { WithParams($$"""[{"name":"a","value":{{Nested(32)}}}]""", bare: true), "/params/0/value" + string.Concat(Enumerable.Repeat("/0", 31)), "may be nested 32 levels deep; this is level 33" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_is_refused_says_where_and_why(string json, string where, string detail) =>
        Refuse(json).Errors.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Pointer = "/here" + where, Detail = detail });

    [Theory]
    [InlineData('<'), InlineData('>'), InlineData(';'), InlineData('\''), InlineData('\\'), InlineData('/'), InlineData('|'), InlineData('"')]
    [InlineData('`'), InlineData('^'), InlineData('?'), InlineData('!'), InlineData(',')]
    public void Each_forbidden_character_of_an_event_type_is_named(char forbidden) =>
        Refuse(Event(type: $"a{forbidden}b")).Errors.Should().ContainSingle()
            .Which.Detail.Should().EndWith($"and contains {forbidden} at place 2");

    [Fact]
    public void All_faults_of_an_event_are_told_at_once_with_the_senders_id()
    {
        var refused = Refuse("""{"eventTypeKey":"","keyValue":1,"eventId":"e-7","occurredAt":true,"params":0}""");

        refused.EventId.Should().Be("e-7");
        refused.Errors.Select(error => error.Pointer).Should().Equal("/here/eventTypeKey", "/here/keyValue", "/here/occurredAt", "/here/params");
    }

    [Fact]
    public void An_import_is_marked() =>
        ((EventVerdict.Accepted)EventNormalizer.Normalize(JsonElement.Parse("""{"eventTypeKey":"A"}"""), "", 0, Receipt with { Import = true }))
            .Event.Import.Should().BeTrue();

    private static NormalizedEvent Accept(string json) =>
        EventNormalizer.Normalize(JsonElement.Parse(json), "/here", 0, Receipt)
            .Should().BeOfType<EventVerdict.Accepted>("it is good").Which.Event;

    private static EventVerdict.Refused Refuse(string json) =>
        EventNormalizer.Normalize(JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 }), "/here", 0, Receipt)
            .Should().BeOfType<EventVerdict.Refused>("it is bad").Which;

    private static string Event(string type = "A", string? keyValue = null, string? eventId = null) =>
        JsonSerializer.Serialize(new Dictionary<string, string?> { ["eventTypeKey"] = type, ["keyValue"] = keyValue, ["eventId"] = eventId });

    private static string WithParams(string value, bool bare = false) =>
        $$"""{"eventTypeKey":"A","params":{{(bare ? value : $$"""{"a":{{value}}}""")}}}""";

    /// <summary>Arrays inside one another, <paramref name="levels"/> of them.</summary>
    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    /// <summary>An event of exactly so many bytes.</summary>
    private static string EventOf(int bytes)
    {
        var around = WithParams("\"\"").Length;
        return WithParams($"\"{new string('x', bytes - around)}\"");
    }
}
