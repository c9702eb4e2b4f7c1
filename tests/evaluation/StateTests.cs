using System.Text.Json;
using EventSegmentation.Evaluation.Tests.Laws;

namespace EventSegmentation.Evaluation.Tests;

public sealed class StateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ContactFacts Facts = new("42", Start, "Event");

    [Fact]
    public void Bytes_of_another_version_are_refused()
    {
        var act = () => ContactState.Read(Plan.Compile([]), [99, 0, 0]);
        act.Should().Throw<InvalidDataException>().WithMessage("*version 99*");
    }

    [Fact]
    public void Bytes_that_end_too_early_are_refused()
    {
        var plan = Plan.Compile([Segment(1, """{"event":"A","count":{"atLeast":2},"period":"last 7 days"}"""), Segment(2, """{"last":"A","has":{"param":"n","is":1}}""")]);
        var state = ContactState.New(plan, Facts, Start, []);
        Evaluator.Advance(plan, state, Event("A", Start), Start, []);
        Evaluator.Advance(plan, state, Event("A", Start.AddDays(1)), Start, []);
        var bytes = Simulation.Bytes(state);
        for (var length = 0; length < bytes.Length; length++)
        {
            var act = () => ContactState.Read(plan, bytes.AsSpan(0, length));
            act.Should().Throw<InvalidDataException>($"only {length} of {bytes.Length} bytes are there");
        }
    }

    [Fact]
    public void Bytes_that_were_changed_are_refused_or_read_but_never_crash()
    {
        var random = new Random(1);
        foreach (var seed in Enumerable.Range(0, 200))
        {
            var scenario = new ScenarioMaker(seed).Make();
            var plan = scenario.Plan();
            var state = ContactState.New(plan, scenario.Contact.Facts(), scenario.Contact.Created, []);
            foreach (var e in scenario.Inputs.OfType<Recorded>())
                Evaluator.Advance(plan, state, e.Event(), e.At, []);
            var bytes = Simulation.Bytes(state);
            bytes[random.Next(1, bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                ContactState.Read(plan, bytes).Plan.Should().BeSameAs(plan);
            }
            catch (Exception exception) when (exception is InvalidDataException or SegmentFaultException)
            {
                // The other good outcome.
            }
        }
    }

    [Fact]
    public void What_outgrows_its_limit_is_left_out_and_comes_back_from_the_history()
    {
        var plan = Plan.Compile([Segment(1, """{"event":"A","sum":"n","atLeast":5500,"period":"last 30 days"}"""), Segment(2, """{"event":"B","period":"all time"}""")]);
        var history = Enumerable.Range(0, 5_000).Select(i => Event("A", Start.AddSeconds(i), $"e{i}", """{"n":1.1}""")).ToList();
        var state = ContactState.New(plan, Facts, Start, []);
        foreach (var e in history)
            Evaluator.Advance(plan, state, e, e.OccurredAt, []);
        state.IsMember(1).Should().BeTrue();

        var bytes = Simulation.Bytes(state);
        bytes.Length.Should().BeLessThan(200);
        var lost = ContactState.Read(plan, bytes);
        lost.IsMember(1).Should().BeTrue();
        lost.Due.Should().Be(Start.AddDays(30), "the oldest event leaves then");
        lost.NeedsHistory(Start.AddDays(29)).Should().BeFalse();
        lost.NeedsHistory(Start.AddDays(29), "B").Should().BeFalse();
        lost.NeedsHistory(Start.AddDays(29), "A").Should().BeTrue();
        lost.NeedsHistory(Start.AddDays(30)).Should().BeTrue();
        var act = () => Evaluator.Advance(plan, lost, Start.AddDays(30), []);
        act.Should().Throw<InvalidOperationException>().WithMessage("*history*");

        lost = ContactState.Read(plan, bytes);
        Evaluator.Complete(plan, lost, Facts, history);
        var changes = new List<Change>();
        Evaluator.Advance(plan, lost, Start.AddDays(30), changes);
        changes.Should().Equal(new Change(1, Entered: false, Start.AddDays(30), ByClock: true));
    }

    [Fact]
    public void A_leaf_that_was_away_is_built_again()
    {
        const string json = """{"event":"A","period":"all time"}""";
        var first = Plan.Compile([Segment(1, json)]);
        var state = ContactState.New(first, Facts, Start, []);

        // While no plan has the leaf an event comes that would have changed it, and the state is not even touched.
        var bytes = Simulation.Bytes(state);
        var missed = Event("A", Start.AddDays(1));
        var returned = Plan.Compile([new PlannedSegment(2, 3, Parse(json))]);
        state = ContactState.Read(returned, bytes);
        state.Epoch.Should().Be(1);
        Evaluator.Advance(returned, state, Start.AddDays(2), []);
        Evaluator.Complete(returned, state, Facts, [missed]);
        state.IsMember(2).Should().BeTrue();
        state.IsMember(1).Should().BeFalse("the plan has no such segment");
    }

    [Fact]
    public void A_segment_that_refers_to_an_edited_one_changes_with_the_next_input()
    {
        var referring = new PlannedSegment(1, 1, Parse("""{"inSegment":"other"}"""));
        var old = Plan.Compile([referring, new PlannedSegment(2, 2, Parse("""{"event":"A","period":"all time"}"""), "other")]);
        var state = ContactState.New(old, Facts, Start, []);
        Evaluator.Advance(old, state, Event("A", Start), Start, []);
        state.Memberships.Should().BeEquivalentTo([1L, 2L]);

        var edited = Plan.Compile([referring, new PlannedSegment(3, 3, Parse("""{"event":"B","period":"all time"}"""), "other")]);
        state = ContactState.Read(edited, Simulation.Bytes(state));
        var changes = new List<Change>();
        Evaluator.Advance(edited, state, Start, changes);
        changes.Should().BeEmpty("what it refers to is not built yet");
        Evaluator.Complete(edited, state, Facts, [Event("A", Start)]);
        Evaluator.Advance(edited, state, Start.AddDays(1), changes);
        changes.Should().Equal(new Change(1, Entered: false, Start.AddDays(1), ByClock: true));
    }

    [Fact]
    public void Segments_in_a_circle_are_refused_with_the_path()
    {
        var segments = new[] { ("a", "b"), ("b", "c"), ("c", "a") }
            .Select((pair, i) => new PlannedSegment(i, 1, Parse($$"""{"inSegment":"{{pair.Item2}}"}"""), pair.Item1))
            .ToArray();
        var act = () => Plan.Compile(segments);
        act.Should().Throw<SegmentFaultException>().WithMessage("*a → b → c → a*");
    }

    [Fact]
    public void Equal_leaves_of_many_segments_are_kept_once()
    {
        const string json = """{"event":"A","where":{"all":[{"param":"n","is":1}]},"period":"last 30 days"}""";
        var one = Plan.Compile([Segment(1, json)]);
        var many = Plan.Compile([.. Enumerable.Range(1, 50).Select(i => Segment(i, json))]);
        many.LeafCount.Should().Be(one.LeafCount).And.Be(1);
    }

    [Fact]
    public void Plan_watches_the_types_its_leaves_name_and_all_if_one_sees_every_event()
    {
        var plan = Plan.Compile([Segment(1, """{"event":"A"}""")]);
        plan.Watches("A").Should().BeTrue();
        plan.Watches("B").Should().BeFalse();
        Plan.Compile([Segment(1, """{"contact":"lastSeen","during":"last 7 days"}""")]).Watches("B").Should().BeTrue();
    }

    [Fact]
    public void Parameters_that_are_no_text_are_taken_as_none()
    {
        var plan = Plan.Compile([Segment(1, """{"event":"A","where":{"param":"n","is":1},"period":"all time"}""")]);
        var state = ContactState.New(plan, Facts, Start, []);
        Evaluator.Advance(plan, state, Event("A", Start, json: """{"n":1,"\ud800":"\udc00"}"""), Start, []);
        state.IsMember(1).Should().BeFalse();
        Evaluator.Advance(plan, state, Event("A", Start, "f", """{"n":1,"\u00e9":"\ud83d\ude00"}"""), Start, []);
        state.IsMember(1).Should().BeTrue();
    }

    private static PlannedSegment Segment(long id, string json) => new(id, 1, Parse(json));

    private static Definition Parse(string json) => Definition.Parse(JsonElement.Parse(json), null).Definition!;

    private static ContactEvent Event(string type, DateTimeOffset at, string id = "e", string json = """{"n":1}""") =>
        new() { EventId = id, Type = type, OccurredAt = at, Counts = true, Params = JsonElement.Parse(json) };
}
