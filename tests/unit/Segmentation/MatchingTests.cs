using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class MatchingTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    /// <summary>
    /// Known before: 1 carries alias app-1 and ada@example.com; 2 carries external id x-2, phone 380501112233, push token first-device and ContactKey key-2;
    /// 3 carries grace@example.com alone. Expected: the contact, + what it gains, ! what conflicts with whom.
    /// </summary>
    [Theory]
    [InlineData("""{"ContactId":"app-1"}""", "1")]
    [InlineData("""{"contactid":"app-1"}""", "1")]
    [InlineData("""{"CONTACTID":"1"}""", "1")]
    [InlineData("""{"ContactId":"APP-1"}""", "new +contactId:APP-1")]
    [InlineData("""{"Email":"ada@example.com"}""", "1")]
    [InlineData("""{"emailaddress":"  ADA@Example.com "}""", "1")]
    [InlineData("""{"UserEmail":"ada@example.com"}""", "1")]
    [InlineData("""{"contactEMAIL":"ada@example.com"}""", "1")]
    [InlineData("""{"externalCustomerId":"x-2"}""", "2")]
    [InlineData("""{"externalCustomerId":"X-2"}""", "new +externalId:X-2")]
    [InlineData("""{"Phone":"380501112233"}""", "2")]
    [InlineData("""{"SMS":380501112233}""", "2")]
    [InlineData("""{"phoneNumber":"380501112233"}""", "2")]
    [InlineData("""{"phone":"+380501112233"}""", "new +phone:+380501112233")]
    [InlineData("""{"PushToken":"t"}""", "new +pushToken:t")]
    [InlineData("""{"Contact_key":"k"}""", "new +ContactKey:k")]
    [InlineData("""{"ContactKey":"k","contact_key":"other"}""", "new +ContactKey:k")]
    [InlineData("""{"ContactId":"app-1","Phone":"99"}""", "1 +phone:99")]
    [InlineData("""{"ContactId":"app-1","Email":"new@example.com"}""", "1")]
    [InlineData("""{"ContactId":"app-1","PushToken":"t"}""", "1 +pushToken:t")]
    [InlineData("""{"ContactId":"app-1","externalCustomerId":"x-2"}""", "1 !externalId:x-2=2")]
    [InlineData("""{"ContactId":"app-9","Email":"ada@example.com"}""", "new +contactId:app-9 !email:ada@example.com=1")]
    [InlineData("""{"ContactId":"app-9","Email":"grace@example.com"}""", "3 +contactId:app-9")]
    [InlineData("""{"externalCustomerId":"x-7","Phone":"380501112233"}""", "new +externalId:x-7 !phone:380501112233=2")]
    [InlineData("""{"Email":"new@example.com","Phone":"380501112233"}""", "2 +email:new@example.com")]
    [InlineData("""{"Email":"ada@example.com","Phone":"380501112233"}""", "1 !phone:380501112233=2")]
    [InlineData("""{"PushToken":"second-device","ContactKey":"key-2"}""", "2 +pushToken:second-device")]
    [InlineData("""{"Email":null}""", "nobody")]
    [InlineData("""{"Email":""}""", "nobody")]
    [InlineData("""{"Email":"   "}""", "nobody")]
    [InlineData("""{"Email":["ada@example.com"]}""", "nobody")]
    [InlineData("""{"Email":{"value":"ada@example.com"}}""", "nobody")]
    [InlineData("""{"Email":true}""", "nobody")]
    [InlineData("""{"Email":null,"UserEmail":"ada@example.com"}""", "1")]
    [InlineData("""{"email_client":"ada@example.com"}""", "nobody")]
    [InlineData("""{}""", "nobody")]
    public void Whose_event_it_is(string parameters, string expected)
    {
        using var document = JsonDocument.Parse(parameters);

        var match = Matching.Decide(IdentifierTable.Read(document.RootElement), Known());

        Describe(match).Should().Be(expected);
    }

    [Fact]
    public void A_value_over_the_limit_identifies_nobody()
    {
        using var atLimit = JsonDocument.Parse($$"""{"ContactId":"{{new string('x', Identifier.MaxLength)}}"}""");
        using var beyond = JsonDocument.Parse($$"""{"ContactId":"{{new string('x', Identifier.MaxLength + 1)}}"}""");

        IdentifierTable.Read(atLimit.RootElement).Should().ContainSingle();
        IdentifierTable.Read(beyond.RootElement).Should().BeEmpty();
    }

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

    private static string Describe(Match match)
    {
        var (who, link, conflicts) = match switch
        {
            Match.Found found => (StreamId.Of(found.Contact), found.Link, found.Conflicts),
            Match.New created => ("new", created.Link, created.Conflicts),
            _ => ("nobody", [], []),
        };
        return string.Join(' ', [
            who,
            .. link.Select(identifier => $"+{identifier.Kind}:{identifier.Value}"),
            .. conflicts.Select(conflict => $"!{conflict.Identifier.Kind}:{conflict.Identifier.Value}={conflict.Owner}"),
        ]);
    }
}
