using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class RememberedContactsTests
{
    private static readonly IdentifierKey Email = new(IdentifierKind.Email, "ada@example.com");
    private static readonly IdentifierKey Phone = new(IdentifierKind.Phone, "7");

    [Fact]
    public void A_contact_is_found_by_any_of_its_identifiers_as_it_was_left()
    {
        var remembered = new RememberedContacts();
        var ada = Contact(1, Email, Phone);
        remembered.Remember([Contact(1, Email) with { Version = 3 }, ada]);

        var (contacts, missing) = remembered.Find([Event("Email", "ADA@example.com"), Event("Phone", "7")]);

        contacts.Should().ContainSingle().Which.Value.Should().BeEquivalentTo(ada);
        missing.Should().BeEmpty();
    }

    [Fact]
    public void Another_version_of_a_contact_is_remembered_and_who_took_it_before_keeps_what_he_took()
    {
        var remembered = new RememberedContacts();
        var ada = Contact(1, Email, Phone);
        remembered.Remember([ada]);
        var taken = remembered.Find([Event("Phone", "7")]).Contacts[1];

        remembered.Remember([ada with { Version = 8 }]);

        taken.Version.Should().Be(7);
        remembered.Find([Event("Email", "ada@example.com")]).Contacts[1].Should().BeEquivalentTo(ada with { Version = 8 });
    }

    [Fact]
    public void What_a_contact_has_lost_stays_behind_as_it_was()
    {
        var remembered = new RememberedContacts();
        remembered.Remember([Contact(1, Email, Phone)]);

        remembered.Remember([Contact(1, Email) with { Version = 8 }]);

        remembered.Find([Event("Phone", "7")]).Contacts[1].Version.Should().Be(7, "whoever locks the stream finds it at another one");
        remembered.Find([Event("Email", "ada@example.com")]).Contacts[1].Should().BeEquivalentTo(Contact(1, Email) with { Version = 8 });
    }

    [Fact]
    public void Of_an_event_with_one_identifier_that_is_not_remembered_all_are_looked_up()
    {
        var remembered = new RememberedContacts();
        remembered.Remember([Contact(1, Email)]);

        var (contacts, missing) = remembered.Find([Event("Email", "ada@example.com", "Phone", "7")]);

        contacts.Should().BeEmpty();
        missing.Should().BeEquivalentTo([Email, Phone]);
    }

    [Theory]
    [InlineData(IdentifierKind.ContactId, "ContactId")]
    [InlineData(IdentifierKind.ContactKey, "ContactKey")]
    public void Aliases_and_additional_fields_are_always_looked_up(string kind, string parameter)
    {
        var remembered = new RememberedContacts();
        remembered.Remember([Contact(1, new IdentifierKey(kind, "a"))]);

        remembered.Find([Event(parameter, "a")]).Missing.Should().Equal(new IdentifierKey(kind, "a"));
    }

    [Fact]
    public void Who_has_conflicts_or_carries_much_is_not_remembered()
    {
        var remembered = new RememberedContacts();
        var tokens = Enumerable.Range(0, RememberedContacts.MaxCarried).Select(i => new IdentifierKey(IdentifierKind.PushToken, $"{i}"));
        remembered.Remember([Contact(1, Email) with { Conflicts = [(2, Phone)] }, Contact(2, [Phone, .. tokens])]);

        remembered.Find([Event("Email", "ada@example.com"), Event("Phone", "7")]).Missing.Should().BeEquivalentTo([Email, Phone]);
    }

    [Fact]
    public void What_has_changed_is_forgotten_and_nothing_else()
    {
        var remembered = new RememberedContacts();
        var (ada, grace) = (Contact(1, Email), Contact(2, Phone));
        remembered.Remember([ada, grace]);

        remembered.Forget([ada]);

        var (contacts, missing) = remembered.Find([Event("Email", "ada@example.com"), Event("Phone", "7")]);
        contacts.Keys.Should().Equal(2);
        missing.Should().Equal(Email);
        remembered.Clear();
        remembered.Find([Event("Phone", "7")]).Missing.Should().Equal(Phone);
    }

    [Fact]
    public void At_the_limit_those_go_that_were_not_met_for_the_longest_time()
    {
        var remembered = new RememberedContacts(limit: 4);
        foreach (var i in new[] { 0, 1, 2, 0, 3, 4 })
        {
            remembered.Find([Event("Phone", $"{i}")]);
            remembered.Remember([Contact(i, new IdentifierKey(IdentifierKind.Phone, $"{i}"))]);
        }

        var known = Enumerable.Range(0, 5).Where(i => remembered.Find([Event("Phone", $"{i}")]).Missing.Count == 0);

        known.Should().HaveCountLessThanOrEqualTo(4).And.Contain([0, 4]).And.NotContain(1);
    }

    private static KnownContact Contact(long id, params IdentifierKey[] carried) => new(id, Version: 7, carried, []);

    private static IncomingEvent Event(params string[] namesAndValues) => new(
        new NormalizedEvent
        {
            EventId = "e",
            EventType = "T",
            OccurredAt = DateTimeOffset.UnixEpoch,
            ReceivedAt = DateTimeOffset.UnixEpoch,
            Params = JsonSerializer.SerializeToElement(namesAndValues.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1])),
        },
        TraceParent: null);
}
