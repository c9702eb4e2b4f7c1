using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;
using MassTransit;
using MassTransit.Serialization;

namespace EventSegmentation.UnitTests.Contracts;

/// <summary>
/// The messages as they lie on the wire, beside this test. A test that fails here means that running
/// services and senders would not understand each other: see the compatibility rule in contracts/README.md
/// before changing a file.
/// </summary>
public sealed class WireFormTests
{
    // As the services publish; indented only so that the files can be read.
    private static readonly JsonSerializerOptions Wire = new(SystemTextJsonMessageSerializer.Options) { WriteIndented = true };

    private static readonly EventsNormalized Normalized = new()
    {
        Events =
        [
            new NormalizedEvent
            {
                EventId = "01970000-0000-7000-8000-000000000001",
                EventType = "OrderPaid",
                KeyValue = "order-7",
                OccurredAt = new DateTimeOffset(2026, 5, 1, 12, 30, 15, TimeSpan.Zero).AddMicroseconds(123_456),
                ReceivedAt = new DateTimeOffset(2026, 5, 1, 12, 30, 16, TimeSpan.Zero),
                Import = true,
                Params = JsonElement.Parse("""{"externalCustomerId":"c-1","totalCost":99.90,"note":"<Grüße & 'küsse'> \"+\" 😀","items":[{"sku":"A","price":1e2}],"gift":null}"""),
            },
            new NormalizedEvent
            {
                EventId = "2",
                EventType = "Applogin",
                OccurredAt = DateTimeOffset.UnixEpoch,
                ReceivedAt = DateTimeOffset.UnixEpoch,
                Params = JsonElement.Parse("{}"),
            },
        ],
    };

    private static readonly ImportsNormalized Imports = new() { Events = [.. Normalized.Events.Select(one => one with { Import = true })] };

    private static readonly EventsRefused Refused = new()
    {
        Events =
        [
            new EventRefusal
            {
                RefusalId = "01970000-0000-7000-8000-000000000001",
                EventId = "e-1",
                EventType = "OrderPaid",
                KeyValue = "order-7",
                OccurredAt = new DateTimeOffset(2026, 5, 1, 12, 30, 15, TimeSpan.Zero).AddMicroseconds(123_456),
                ReceivedAt = new DateTimeOffset(2026, 5, 1, 12, 30, 16, TimeSpan.Zero),
                Source = RefusalSource.Http,
                Reasons = [new RefusalDetail("/events/0/params", "must be an object or an array of {name, value}; a text came")],
                Body = """{"eventTypeKey":"OrderPaid","params":""}""",
            },
            new EventRefusal
            {
                RefusalId = "2",
                ReceivedAt = DateTimeOffset.UnixEpoch,
                Source = RefusalSource.Amqp,
                Reasons = [new RefusalDetail("", "an event must be an object; a number came")],
                Body = "7",
            },
        ],
    };

    private static readonly SubmitEvents Submitted = new()
    {
        Events =
        [
            new SubmittedEvent
            {
                EventTypeKey = "OrderPaid",
                KeyValue = "order-7",
                EventId = "e-1",
                OccurredAt = new DateTimeOffset(2026, 5, 1, 14, 30, 15, TimeSpan.FromHours(2)),
                Params = JsonElement.Parse("""{"email":"ada@example.com"}"""),
            },
            new SubmittedEvent { EventTypeKey = "Applogin" },
        ],
    };

    private static readonly SegmentEntered Entered = new()
    {
        TransitionId = new Guid("01970000-0000-7000-8000-00000000000a"),
        ContactId = "42",
        Identifiers = [new ContactIdentifier("email", "ada@example.com"), new ContactIdentifier("externalId", "c-1")],
        SegmentKey = "strength-today",
        SegmentName = "Strength workout today",
        Version = 3,
        Kind = TransitionKind.Entered,
        At = new DateTimeOffset(2026, 5, 1, 12, 30, 15, TimeSpan.Zero).AddMicroseconds(123_456),
        Number = 7,
        Cause = TransitionCause.Event,
        CauseEventId = "e-1",
        Position = 1041,
    };

    private static readonly SegmentExited Exited = new()
    {
        TransitionId = new Guid("01970000-0000-7000-8000-00000000000b"),
        ContactId = "42",
        Identifiers = [],
        SegmentKey = "strength-today",
        SegmentName = "Strength workout today",
        Version = 3,
        Kind = TransitionKind.Exited,
        At = new DateTimeOffset(2026, 5, 2, 0, 0, 0, TimeSpan.Zero),
        Number = 8,
        Cause = TransitionCause.Clock,
        ChangeId = new Guid("01970000-0000-7000-8000-00000000000c"),
        Position = 1042,
    };

    [Fact]
    public void EventsNormalized_keeps_its_wire_form() => KeepsItsWireForm(Normalized);

    [Fact]
    public void ImportsNormalized_keeps_its_wire_form() => KeepsItsWireForm(Imports);

    [Fact]
    public void EventsRefused_keeps_its_wire_form() => KeepsItsWireForm(Refused);

    [Fact]
    public void SubmitEvents_keeps_its_wire_form() => KeepsItsWireForm(Submitted);

    [Fact]
    public void SegmentEntered_keeps_its_wire_form() => KeepsItsWireForm(Entered);

    [Fact]
    public void SegmentExited_keeps_its_wire_form() => KeepsItsWireForm(Exited);

    [Fact]
    public void Messages_keep_their_names()
    {
        MessageUrn.ForTypeString<EventsNormalized>().Should().Be("urn:message:EventSegmentation.Contracts:EventsNormalized");
        MessageUrn.ForTypeString<ImportsNormalized>().Should().Be("urn:message:EventSegmentation.Contracts:ImportsNormalized");
        MessageUrn.ForTypeString<EventsRefused>().Should().Be("urn:message:EventSegmentation.Contracts:EventsRefused");
        MessageUrn.ForTypeString<SubmitEvents>().Should().Be("urn:message:EventSegmentation.Contracts:SubmitEvents");
        MessageUrn.ForTypeString<SegmentTransition>().Should().Be("urn:message:EventSegmentation.Contracts:SegmentTransition");
        MessageUrn.ForTypeString<SegmentEntered>().Should().Be("urn:message:EventSegmentation.Contracts:SegmentEntered");
        MessageUrn.ForTypeString<SegmentExited>().Should().Be("urn:message:EventSegmentation.Contracts:SegmentExited");
    }

    [Fact]
    public void Names_on_the_broker_are_kept()
    {
        BrokerNames.SubmitExchange.Should().Be("event-segmentation.submit");
        BrokerNames.RefusedQueue.Should().Be("event-segmentation.refused");
        BrokerNames.ProblemHeader.Should().Be("problem");
        BrokerNames.NormalizedQueue.Should().Be("event-segmentation.normalized");
        BrokerNames.ImportsQueue.Should().Be("event-segmentation.imports");
        BrokerNames.RefusalsQueue.Should().Be("event-segmentation.refusals");
        BrokerNames.MaxRefusals.Should().Be(10_000, "the queue is there with this length, and cannot be declared with another");
        BrokerNames.TransitionsExchange.Should().Be("event-segmentation.transitions");
    }

    [Fact]
    public void Members_that_a_reader_does_not_know_are_ignored() =>
        JsonSerializer.Deserialize<SegmentExited>(Golden(nameof(SegmentExited)).Insert(1, "\"later\":{\"a\":[1]},"), Wire)
            .Should().BeEquivalentTo(Exited);

    [Fact]
    public void What_a_sender_submits_is_what_ingestion_reads()
    {
        var body = System.Text.Encoding.UTF8.GetBytes(Golden(nameof(SubmitEvents)));
        var receipt = new Receipt(DateTimeOffset.UnixEpoch, Import: false, index => $"made-{index}");

        var events = RequestReader.Read(body, RequestShape.Either, receipt).Should().BeOfType<RequestReading.Events>().Which;

        events.Refused.Should().BeEmpty();
        events.Accepted.Select(one => (one.EventId, one.EventType, one.KeyValue, one.OccurredAt, one.Params.GetRawText().Length > 2)).Should().Equal(
            ("e-1", "OrderPaid", "order-7", new DateTimeOffset(2026, 5, 1, 12, 30, 15, TimeSpan.Zero), true),
            ("made-1", "Applogin", null, DateTimeOffset.UnixEpoch, false));
    }

    private static void KeepsItsWireForm<T>(T message)
    {
        var golden = Golden(typeof(T).Name);

        JsonSerializer.Serialize(message, Wire).Should().Be(golden);
        JsonSerializer.Serialize(JsonSerializer.Deserialize<T>(golden, Wire), Wire).Should().Be(golden, "a reader loses nothing");
    }

    private static string Golden(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contracts", $"{name}.json")).TrimEnd('\n');
}
