using System.Text.Json;
using EventSegmentation.Evaluation.Tests.Laws;

namespace EventSegmentation.Evaluation.Tests;

/// <summary>A segment that cannot be evaluated is named, and the others go on without it: its members stay, and nobody joins them.</summary>
public sealed class SuspensionTests
{
    private const string Big = """{"event":"A","where":{"param":"n","moreThan":1},"period":"all time"}""";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ContactFacts Facts = new("42", Start, "Event");

    [Fact]
    public void What_a_leaf_throws_names_the_segments_that_have_it_and_not_those_behind_them()
    {
        var behind = Parse("""{"event":"A","period":"all time"}""").Behind([("x", Parse(Big))]);
        var plan = Plan.Compile([new(1, 1, Parse(Big), "x"), new(2, 1, behind, "y"), new(3, 1, Parse($$"""{"not":{{Big}}}"""), "z")]);
        var state = ContactState.New(plan, Facts, Start, []);

        // Parameters that are gone stand for whatever a filter does not bear.
        var document = JsonDocument.Parse("""{"n":2}""");
        var broken = new ContactEvent { EventId = "e", Type = "A", OccurredAt = Start, Counts = true, Params = document.RootElement };
        document.Dispose();
        var act = () => Evaluator.Advance(plan, state, broken, Start, []);
        act.Should().Throw<SegmentFaultException>().WithMessage("*an event was taken in: ObjectDisposedException.").Which.Segments.Should().Equal(1, 3);
        var build = () => ContactState.Of(plan, Facts, [broken], Start);
        build.Should().Throw<SegmentFaultException>().Which.Segments.Should().Equal(1, 3);
    }

    [Fact]
    public void What_is_kept_for_a_segment_and_cannot_be_read_names_it()
    {
        var plan = Plan.Compile([new(1, 1, Parse("""{"event":"A","period":"last 1 day"}""")), new(2, 1, Parse("""{"event":"B","period":"last 1 day"}"""))]);
        var state = ContactState.New(plan, Facts, Start, []);
        Evaluator.Advance(plan, state, Event("B"), Start, []);
        var bytes = Simulation.Bytes(state);
        bytes[^4] = 0x7F; // the number of entries
        var act = () => ContactState.Read(plan, bytes);
        act.Should().Throw<SegmentFaultException>().Which.Segments.Should().Equal(2);

        var without = Plan.Compile([new(1, 1, Parse("""{"event":"A","period":"last 1 day"}""")), new(2, 1, Definition.Suspended("b"), "b")]);
        ContactState.Read(without, bytes).IsMember(2).Should().BeTrue("what is kept for it is not looked at");
    }

    [Fact]
    public void Who_is_in_a_suspended_segment_stays_for_those_who_refer_to_it_and_stand_behind_it_too()
    {
        var recent = Parse("""{"event":"A","period":"last 1 day"}""");
        var other = Parse("""{"event":"B","period":"all time"}""");
        PlannedSegment[] Of(Definition x) => [new(1, 1, x, "x"), new(2, 1, other.Behind([("x", x)]), "y"), new(3, 1, Parse("""{"inSegment":"x"}"""), "z")];
        var plan = Plan.Compile(Of(recent));
        var state = ContactState.New(plan, Facts, Start, []);
        Evaluator.Advance(plan, state, Event("A"), Start, []);
        Evaluator.Advance(plan, state, Event("B"), Start, []);
        state.Memberships.Should().Equal(1, 3);

        var suspended = Plan.Compile(Of(Definition.Suspended("x")));
        var changes = new List<Change>();
        state = ContactState.Read(suspended, Simulation.Bytes(state));
        Evaluator.Advance(suspended, state, Start.AddDays(3), changes);
        state = ContactState.Read(suspended, Simulation.Bytes(state));
        Evaluator.Advance(suspended, state, Event("B", "f"), Start.AddDays(4), changes);
        changes.Should().BeEmpty();
        state.Memberships.Should().Equal(1, 3);

        var newcomer = ContactState.New(suspended, Facts, Start, []);
        Evaluator.Advance(suspended, newcomer, Event("A"), Start, []);
        Evaluator.Advance(suspended, newcomer, Event("B"), Start, []);
        newcomer.Memberships.Should().Equal(2);

        ContactState.Of(suspended, Facts, [Event("B")], Start, members: [1, 2]).Memberships.Should().Equal(1, 3);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("between")]
    public void How_long_somebody_has_been_in_a_suspended_segment_cannot_be_said(string key)
    {
        PlannedSegment[] segments =
        [
            new(1, 1, Definition.Suspended("x"), "x"), new(2, 1, Parse("""{"inSegment":"x"}"""), "between"),
            new(3, 1, Parse($$"""{"any":[{"event":"A"},{"inSegment":"{{key}}","for":"7 days"}]}"""), "long"),
        ];
        var act = () => Plan.Compile(segments);
        act.Should().Throw<SegmentFaultException>().WithMessage("*'x', which is suspended.").Which.Segments.Should().Equal(3);
    }

    [Fact]
    public void A_circle_names_those_in_it()
    {
        var act = () => Plan.Compile([new(1, 1, Parse("""{"inSegment":"b"}"""), "a"), new(2, 1, Parse("""{"inSegment":"a"}"""), "b"), new(3, 1, Parse("""{"inSegment":"a"}"""), "c")]);
        act.Should().Throw<SegmentFaultException>().Which.Segments.Should().Equal(1, 2);
    }

    private static Definition Parse(string json) => Definition.Parse(JsonElement.Parse(json), null).Definition!;

    private static ContactEvent Event(string type, string id = "e") =>
        new() { EventId = id, Type = type, OccurredAt = Start, Counts = true, Params = JsonElement.Parse("""{"n":1}""") };
}
