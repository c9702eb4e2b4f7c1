using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class ReplayTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Start.AddDays(10);

    [Theory]
    [InlineData("""{"event":"A","count":{"atLeast":3},"period":"last 10 minutes"}""")]
    [InlineData("""{"event":"A","sum":"n","moreThan":400,"period":"today"}""")]
    [InlineData("""{"last":"A","period":"more than 10 minutes ago"}""")]
    [InlineData("""{"sequence":[{"event":"A"},{"event":"B","within":"5 minutes"}],"period":"last 1 hour"}""")]
    public void A_long_history_is_replayed_in_stretches_as_if_it_were_one(string condition)
    {
        var seed = Random.Shared.Next();
        var person = Person(new Random(seed), events: 4 * MeteredHistory.Stretch);
        var plan = DraftPlan.Of(Definition.Parse(JsonElement.Parse(condition), null).Definition!, new Dictionary<string, Definition>());
        var whole = new List<Change>();
        var state = ContactState.Of(plan, person.Facts, person.Events, Start.AddMicroseconds(-1));
        var wasMember = state.IsMember(DraftPlan.Id);
        Evaluator.Advance(plan, state, Now, whole);

        var changes = new List<Change>();
        var found = Replay.Of(plan, person, Start, Now, changes, CancellationToken.None);

        found.Should().Be((wasMember, state.IsMember(DraftPlan.Id)), $"seed {seed}");
        changes.Should().Equal(whole, $"seed {seed}").And.NotBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-20)]
    public void A_replay_ends_within_a_person_when_it_must(int days)
    {
        var person = Person(new Random(1), events: 2 * MeteredHistory.Stretch);
        var plan = DraftPlan.Of(Definition.Parse(JsonElement.Parse("""{"event":"A"}"""), null).Definition!, new Dictionary<string, Definition>());

        var replay = () => Replay.Of(plan, person, Start.AddDays(days), Now, [], new CancellationToken(canceled: true));

        replay.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void A_history_stops_its_reader_after_a_stretch()
    {
        using var stop = new CancellationTokenSource();
        var read = 0;
        var reading = () =>
        {
            foreach (var _ in new MeteredHistory(Person(new Random(1), events: 10 * MeteredHistory.Stretch).Events, stop.Token))
                if (++read == 10)
                    stop.Cancel();
        };

        reading.Should().Throw<OperationCanceledException>();
        read.Should().BeLessThan(2 * MeteredHistory.Stretch);
    }

    // Several at one instant, more than a stretch of them at the busiest.
    private static PersonHistory Person(Random random, int events)
    {
        var made = new List<ContactEvent>();
        for (var i = 0; i < events; i++)
        {
            var minute = random.Next(3) == 0 ? 5_000 : random.Next(-2_000, 14_500);
            made.Add(new() { EventId = $"e{i}", Type = random.Next(2) == 0 ? "A" : "B", OccurredAt = Start.AddMinutes(minute), Counts = true, Params = JsonElement.Parse($$"""{"n":{{random.Next(5)}}}""") });
        }

        return new("1", new ContactFacts("1", Start.AddDays(-5), "Event"), made);
    }
}
