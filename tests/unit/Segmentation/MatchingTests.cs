using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.UnitTests.Segmentation.Cases;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class MatchingTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private static readonly Dictionary<string, MatchingCase> Cases = MatchingCase.ReadAll().ToDictionary(one => one.Name);

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void An_event_belongs_to_whom_the_case_says(string name)
    {
        var one = Cases[name];
        var known = new KnownContacts();
        foreach (var (contact, identifier) in one.Known)
            known.Add(contact, identifier.Key);
        var rules = new MatchingRules(one.Rules);
        var switches = new Dictionary<string, TypeSwitch> { [MatchingCase.Type] = TypeSwitch.Off with { IsOn = one.IsOn } };
        var next = MatchingCase.FirstNew;

        foreach (var row in one.Rows)
        {
            var e = MatchingCase.Event(row).Under(rules.For(MatchingCase.Type));
            var batch = MatchedBatch.Of([e], known, switches, () => next++);
            Describe(batch).Should().Be(row.Expected, $"of line {row.Line}");
        }
    }

    [Fact]
    public void There_are_many_cases() => Cases.Values.Sum(one => one.Rows.Count).Should().BeGreaterThan(200);

    [Fact]
    public void Two_events_of_one_new_person_in_a_batch_make_one_contact()
    {
        var batch = Match([Event("1", """{"Email":"new@example.com"}"""), Event("2", """{"Email":"NEW@example.com","Phone":"7"}""")]);

        batch.Created.Should().Equal(100);
        batch.Appends.Select(append => append.Fact.Alias)
            .Should().Equal(ContactCreated.TypeAlias, EventRecorded.TypeAlias, IdentifiersLinked.TypeAlias, EventRecorded.TypeAlias);
        batch.Appends.Should().OnlyContain(append => append.ContactId == 100);
    }

    [Fact]
    public void A_switched_off_type_makes_no_contact_but_is_kept_for_a_known_one()
    {
        var batch = Match([Event("1", """{"Email":"new@example.com"}"""), Event("2", """{"Email":"ada@example.com"}""")], isOn: false);

        batch.Created.Should().BeEmpty();
        batch.Unassigned.Should().ContainSingle().Which.Reason.Should().Be(MatchedBatch.TypeOff);
        batch.Appends.Should().ContainSingle().Which.Fact.Should().BeOfType<EventRecorded>().Which.Counts.Should().BeFalse();
    }

    [Fact]
    public void A_conflict_stands_on_both_cards_and_only_once()
    {
        const string contradiction = """{"ContactId":"app-1","externalCustomerId":"x-2"}""";

        var batch = Match([Event("1", contradiction), Event("2", contradiction)]);

        batch.Conflicts.Select(conflict => (conflict.Contact, conflict.Other, conflict.EventId)).Should().BeEquivalentTo([(1L, 2L, "1"), (2L, 1L, "1")]);
        batch.Appends.Count(append => append.Fact is IdentityConflictFound).Should().Be(2);
        batch.Events.Should().Be(2);
    }

    [Fact]
    public void The_facts_of_a_batch_have_ids_of_their_own_and_the_same_on_every_try()
    {
        NormalizedEvent[] events = [Event("1", """{"Email":"a@example.com"}"""), Event("2", """{"Email":"b@example.com"}""")];

        var (first, second) = (Match(events), Match(events));

        first.Appends.Select(append => append.Id).Should().OnlyHaveUniqueItems().And.Equal(second.Appends.Select(append => append.Id));
    }

    [Fact]
    public void A_contact_that_has_the_most_push_tokens_gains_no_more_but_its_events_are_kept()
    {
        var events = Enumerable.Range(0, IdentifierKind.MaxValues + 1)
            .Select(i => Event($"{i}", $$"""{"externalCustomerId":"x-2","PushToken":"device-{{i}}"}""")).ToArray();

        var batch = Match(events);

        // One of the contact's places was taken before.
        batch.Linked.Should().HaveCount(IdentifierKind.MaxValues - 1);
        batch.Events.Should().Be(events.Length);
        batch.Created.Should().BeEmpty();
    }

    [Theory]
    [InlineData("09:59", false, false)]
    [InlineData("10:00", false, true)]
    [InlineData("10:59", false, true)]
    [InlineData("11:00", false, false)]
    [InlineData("12:00", false, true)]
    [InlineData("23:00", false, true)]
    [InlineData("09:59", true, true)]
    public void Counts_while_the_switch_was_on_or_when_imported(string occurred, bool import, bool expected)
    {
        var day = At.Date;
        DateTimeOffset Time(string time) => new(day + TimeSpan.Parse(time), TimeSpan.Zero);
        var typeSwitch = new TypeSwitch(IsOn: true, [new(Time("10:00"), Time("11:00")), new(Time("12:00"), null)]);

        typeSwitch.Counts(Time(occurred), import).Should().Be(expected);
    }

    [Fact]
    public void An_import_does_not_count_while_the_switch_is_off() =>
        TypeSwitch.Off.Counts(At, import: true).Should().BeFalse();

    private static MatchedBatch Match(IEnumerable<NormalizedEvent> events, bool isOn = true)
    {
        var next = 100L;
        var switches = new Dictionary<string, TypeSwitch> { ["T"] = new(isOn, isOn ? [new(DateTimeOffset.MinValue, null)] : []) };
        return MatchedBatch.Of(events.Select(e => new IncomingEvent(e, null)), Known(), switches, () => next++);
    }

    private static NormalizedEvent Event(string id, string parameters) => new()
    {
        EventId = id,
        EventType = "T",
        OccurredAt = At,
        ReceivedAt = At,
        Params = JsonDocument.Parse(parameters).RootElement,
    };

    private static KnownContacts Known()
    {
        var known = new KnownContacts();
        known.Add(1, new Identifier(IdentifierKind.ContactId, "app-1").Key);
        known.Add(1, new Identifier(IdentifierKind.Email, "ada@example.com").Key);
        known.Add(2, new Identifier(IdentifierKind.ExternalId, "x-2").Key);
        known.Add(2, new Identifier(IdentifierKind.Phone, "380501112233").Key);
        known.Add(2, new Identifier(IdentifierKind.PushToken, "first-device").Key);
        known.Add(2, new Identifier(IdentifierKind.ContactKey, "key-2").Key);
        known.Add(3, new Identifier(IdentifierKind.Email, "grace@example.com").Key);
        return known;
    }

    private static string Describe(MatchedBatch batch)
    {
        if (batch.Unassigned is [var lost])
            return $"nobody: {lost.Reason}";
        var contact = batch.Appends[^1].ContactId;
        return MatchingCase.Describe(
            batch.Created.Contains(contact) ? "new" : StreamId.Of(contact),
            batch.Linked.Select(link => link.Identifier),
            batch.Conflicts.Where(conflict => conflict.Contact == contact).Select(conflict => (conflict.Identifier, conflict.Other)));
    }
}
