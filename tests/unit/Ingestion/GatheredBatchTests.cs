using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Publishing;

namespace EventSegmentation.UnitTests.Ingestion;

public sealed class GatheredBatchTests
{
    [Fact]
    public void Requests_fill_a_message_up_to_its_limit_and_are_never_split()
    {
        var batch = new GatheredBatch(maxEvents: 5, maxBytes: 100_000);

        batch.TryAdd(Request("a", "b")).Should().BeTrue();
        batch.TryAdd(Request("c", "d", "e", "f")).Should().BeFalse();
        batch.TryAdd(Request("c", "d", "e")).Should().BeTrue();
        batch.IsFull.Should().BeTrue();
        batch.Events().Select(one => one.EventId).Should().Equal("a", "b", "c", "d", "e");
    }

    [Fact]
    public void A_request_that_is_larger_than_a_message_goes_alone()
    {
        var batch = new GatheredBatch(maxEvents: 2, maxBytes: 100);

        batch.TryAdd(Request("a", "b", "c")).Should().BeTrue();
        batch.IsFull.Should().BeTrue();
        batch.TryAdd(Request("d")).Should().BeFalse();
    }

    [Fact]
    public void A_message_is_closed_before_it_grows_over_its_bytes()
    {
        var one = Request("a");
        var batch = new GatheredBatch(maxEvents: 500, maxBytes: one.Bytes * 2);

        batch.TryAdd(one).Should().BeTrue();
        batch.TryAdd(Request("b")).Should().BeTrue();
        batch.IsFull.Should().BeTrue();
        batch.TryAdd(Request("c")).Should().BeFalse();
    }

    private static WaitingEvents Request(params string[] ids) => new([.. ids.Select(id => new NormalizedEvent
    {
        EventId = id,
        EventType = "A",
        OccurredAt = DateTimeOffset.UnixEpoch,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Params = JsonElement.Parse("{}"),
    })], default);
}
