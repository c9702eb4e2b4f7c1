using EventSegmentation.Ingestion.Normalizing;
using EventSegmentation.Ingestion.Submissions;

namespace EventSegmentation.UnitTests.Ingestion;

public sealed class MessageIdentitiesTests
{
    private readonly MessageIdentities _identities = new(maxUnacknowledged: 2);
    private ulong _tag;

    [Fact]
    public void A_message_id_and_its_body_identify_a_message_anywhere()
    {
        var first = Deliver("X", messageId: "m-1");

        new MessageIdentities(1).Delivered(7, "m-1", "X"u8, redelivered: false).Should().Equal(first);
        Deliver("X", messageId: "m-2").Should().NotEqual(first);
        Deliver("Y", messageId: "m-1").Should().NotEqual(first, "counters that start again must not swallow events");
    }

    [Fact]
    public void Equal_bodies_without_message_id_are_two_messages() =>
        Deliver("X").Should().NotEqual(Deliver("X"));

    [Fact]
    public void A_redelivery_after_a_lost_connection_is_the_same_message()
    {
        var (first, second) = (Deliver("X"), Deliver("Y"));
        _identities.ConnectionLost();

        Deliver("Y", redelivered: true).Should().Equal(second);
        Deliver("X", redelivered: true).Should().Equal(first);
        Deliver("X", redelivered: true).Should().NotEqual(first, "it was redelivered already");
    }

    [Fact]
    public void An_acknowledgement_may_have_been_lost()
    {
        var first = Deliver("X");
        _identities.Acknowledged(_tag);
        _identities.ConnectionLost();

        Deliver("X", redelivered: true).Should().Equal(first);
    }

    [Fact]
    public void An_older_acknowledgement_has_arrived()
    {
        var first = Deliver("X");
        _identities.Acknowledged(_tag);
        foreach (var body in (string[])["Y", "Z"])
        {
            Deliver(body);
            _identities.Acknowledged(_tag);
        }

        _identities.ConnectionLost();

        Deliver("X", redelivered: true).Should().NotEqual(first);
    }

    [Fact]
    public void A_new_message_with_an_equal_body_is_another_one()
    {
        var first = Deliver("X");
        _identities.ConnectionLost();

        Deliver("X", redelivered: false).Should().NotEqual(first);
    }

    [Fact]
    public void What_was_lost_survives_connections_that_deliver_nothing()
    {
        var first = Deliver("X");
        _identities.ConnectionLost();
        _identities.ConnectionLost();

        Deliver("X", redelivered: true).Should().Equal(first);
    }

    [Fact]
    public void Made_ids_differ_by_message_and_by_place()
    {
        byte[] identity = [1, 2, 3];

        MadeId.From(identity, 0).Should().Be(MadeId.From(identity, 0)).And.NotBe(MadeId.From(identity, 1)).And.NotBe(MadeId.From([1, 2, 4], 0));
        Guid.Parse(MadeId.From(identity, 0)).Version.Should().Be(8);
    }

    private byte[] Deliver(string body, string? messageId = null, bool redelivered = false) =>
        _identities.Delivered(++_tag, messageId, System.Text.Encoding.UTF8.GetBytes(body), redelivered);
}
