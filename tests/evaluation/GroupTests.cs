using System.Text.Json;
using EventSegmentation.Evaluation.Tests.Laws;
using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests;

/// <summary>Exclusive groups, as the stages of a customer's life.</summary>
public sealed class GroupTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Key, string Condition)[] Stages =
    [
        ("loyal", """{"event":"Paid","count":{"atLeast":3},"period":"last 30 days"}"""),
        ("buying", """{"event":"Paid","period":"last 14 days"}"""),
        ("active", """{"event":"Came","count":{"atLeast":2},"period":"last 7 days"}"""),
        ("new", """{"first":"Came","period":"last 7 days"}"""),
        ("fading", """{"last":"Came","period":"last 21 days"}"""),
        ("lost", """{"last":"Came","period":"more than 21 days ago"}"""),
    ];

    [Fact]
    public void A_group_of_six_has_each_contact_in_the_first_of_its_segments_at_every_instant()
    {
        var own = Stages.Select(stage => (stage.Key, Definition: Parse(stage.Condition))).ToList();
        var plan = Plan.Compile([.. own.Select((stage, i) => new PlannedSegment(i, 1, stage.Definition.Behind(own.Take(i)), stage.Key))]);
        var random = new Random(2026);
        var reached = new SortedDictionary<long, int>();
        foreach (var who in Enumerable.Range(0, 100))
        {
            var facts = new ContactFacts($"{who}", Start, "Event");
            var (state, history, changes) = (ContactState.New(plan, facts, Start, []), new List<ContactEvent>(), new List<Change>());
            for (var at = Start; history.Count < 15; at += TimeSpan.FromDays(random.NextDouble() * (random.Next(4) == 0 ? 40 : 8)))
            {
                // Each timer on the way is an instant at which the winner may be another.
                while (state.Due is { } due && due < at)
                {
                    Evaluator.Advance(plan, state, due, changes);
                    OneWins(state, facts, history);
                }

                var e = new ContactEvent { EventId = $"{history.Count}", Type = random.Next(3) == 0 ? "Paid" : "Came", OccurredAt = at, Counts = true, Params = JsonElement.Parse("{}") };
                Evaluator.Advance(plan, state, e, at, changes);
                history.Add(e);
                OneWins(state, facts, history);
            }

            foreach (var moment in changes.GroupBy(change => (change.At, change.ByClock)))
                moment.Count().Should().BeLessThanOrEqualTo(2, "a change of winner is one exit and one entry");
        }

        output.WriteLine(string.Join(", ", reached.Select(stage => $"{Stages[stage.Key].Key} {stage.Value}")));
        reached.Should().HaveCount(Stages.Length, "every stage must be met");

        void OneWins(ContactState state, ContactFacts facts, List<ContactEvent> history)
        {
            var qualifies = own.FindIndex(stage => Reference.Holds(stage.Definition, facts, history, state.AsOf));
            state.Memberships.Should().Equal(qualifies < 0 ? [] : [qualifies], $"at {state.AsOf:O}");
            foreach (var winner in state.Memberships)
                reached[winner] = reached.GetValueOrDefault(winner) + 1;
        }
    }

    [Fact]
    public void A_group_in_another_order_needs_no_history()
    {
        var (a, b) = (("a", Parse("""{"event":"A","period":"all time"}""")), ("b", Parse("""{"event":"B","period":"last 7 days"}""")));
        PlannedSegment[] serving = [new(1, 1, a.Item2, "a"), new(2, 2, b.Item2.Behind([a]), "b")];
        var state = ContactState.New(Plan.Compile(serving), new ContactFacts("42", Start, "Event"), Start, []);
        var both = Plan.Compile([.. serving, new(3, 3, a.Item2.Behind([b]), "a", IsNext: true), new(4, 4, b.Item2, "b", IsNext: true)]);
        foreach (var type in new[] { "A", "B" })
            Evaluator.Advance(state.Plan, state, new ContactEvent { EventId = type, Type = type, OccurredAt = Start, Counts = true, Params = JsonElement.Parse("{}") }, Start, []);

        state = ContactState.Read(both, Simulation.Bytes(state));
        state.NeedsHistoryToComplete.Should().BeFalse();
        Evaluator.Complete(both, state);

        state.Epoch.Should().Be(4);
        state.Memberships.Should().BeEquivalentTo([1L, 4L]);
        var lacking = Plan.Compile([.. serving, new(3, 5, Parse("""{"event":"C"}"""), "a", IsNext: true)]);
        state = ContactState.Read(lacking, Simulation.Bytes(state));
        state.NeedsHistoryToComplete.Should().BeTrue();
        state.Invoking(one => Evaluator.Complete(lacking, one)).Should().Throw<InvalidOperationException>().WithMessage("*history*");
    }

    [Fact]
    public void Next_segments_refer_to_each_other_first_and_those_that_serve_never_to_them()
    {
        var (old, edited) = (Parse("""{"event":"A","period":"all time"}"""), Parse("""{"event":"B","period":"all time"}"""));
        var member = Parse("""{"inSegment":"x"}""");
        var plan = Plan.Compile([new(1, 1, old, "x"), new(2, 2, member, "y"), new(3, 3, edited, "x", IsNext: true), new(4, 4, member, "y", IsNext: true), new(5, 5, Parse("""{"inSegment":"z"}"""), "w", IsNext: true), new(6, 6, old, "z")]);
        var state = ContactState.New(plan, new ContactFacts("42", Start, "Event"), Start, []);
        Evaluator.Advance(plan, state, new ContactEvent { EventId = "e", Type = "A", OccurredAt = Start, Counts = true, Params = JsonElement.Parse("{}") }, Start, []);

        state.Memberships.Should().BeEquivalentTo([1L, 2L, 5L, 6L]);
        var left = () => Plan.Compile([new(1, 1, old, "x"), new(2, 2, member, "y"), new(3, 3, edited, "x", IsNext: true), new(4, 4, Parse("""{"inSegment":"y"}"""), "v", IsNext: true)]);
        left.Should().Throw<SegmentFaultException>().WithMessage("Segment 2 refers to one of which there is a next one*");
        var farLeft = () => Plan.Compile([new(1, 1, old, "x"), new(2, 2, member, "y"), new(3, 3, Parse("""{"inSegment":"y"}"""), "u"), new(4, 4, edited, "x", IsNext: true), new(5, 5, Parse("""{"inSegment":"u"}"""), "v", IsNext: true)]);
        farLeft.Should().Throw<SegmentFaultException>().WithMessage("Segment 2 refers to one of which there is a next one*");
        var twice = () => Plan.Compile([new(1, 1, old, "x", IsNext: true), new(2, 2, edited, "x", IsNext: true)]);
        twice.Should().Throw<ArgumentException>().WithMessage("*both have the key 'x'*");
    }

    [Theory]
    [InlineData("Europe/Berlin", null)]
    [InlineData(null, "America/New_York")]
    public void Each_part_of_a_group_keeps_the_zone_of_its_days(string? zone, string? zoneBefore)
    {
        const string today = """{"event":"A","period":"today"}""";
        var (own, before) = (Parse(today, zone), Parse(today, zoneBefore));
        var plan = Plan.Compile([new(1, 1, before, "before"), new(2, 2, own.Behind([("before", before)]), "own")]);
        var facts = new ContactFacts("42", Start, "Event");
        var state = ContactState.New(plan, facts, Start, []);

        // Days end at other hours: behind somebody else's day there is a part of one's own, or none.
        for (var at = Start.AddMinutes(30); at < Start.AddDays(3); at += TimeSpan.FromHours(1))
        {
            var e = new ContactEvent { EventId = "e", Type = "A", OccurredAt = Start.AddDays(1).AddHours(-1), Counts = true, Params = JsonElement.Parse("{}") };
            if (at == Start.AddDays(1).AddMinutes(-30))
                Evaluator.Advance(plan, state, e, at, []);
            else
                Evaluator.Advance(plan, state, at, []);
            ContactEvent[] history = at < Start.AddDays(1).AddMinutes(-30) ? [] : [e];
            var (isOwn, isBefore) = (Reference.Holds(own, facts, history, at), Reference.Holds(before, facts, history, at));
            state.Memberships.Should().Equal(isBefore ? [1L] : isOwn ? [2L] : Array.Empty<long>(), $"at {at:O}");
        }
    }

    [Theory]
    [InlineData("""{"event":"A"}""", """{"event":"B"}""", "Contacts who did 'B' today and do not qualify for 'first'.", null)]
    [InlineData("""{"event":"A"}""", """{"event":"A"}""", "Contacts who did 'A' today and do not qualify for 'first'.", false)]
    [InlineData("""{"all":[]}""", """{"event":"A"}""", "Contacts who did 'A' today and do not qualify for 'first'.", false)]
    [InlineData("""{"any":[]}""", """{"all":[]}""", "Contacts who are any contact and do not qualify for 'first'.", true)]
    public void What_stands_behind_another_is_worded_and_seen_through(string before, string own, string sentence, bool? foregone)
    {
        var behind = Parse(own).Behind([("first", Parse(before))]);

        behind.Sentence.Should().Be(sentence);
        behind.Foregone.Should().Be(foregone);
    }

    [Fact]
    public void Equal_forms_ask_for_the_same_in_any_order()
    {
        Parse("""{"all":[{"event":"A"},{"event":"B"}]}""").Form.Should().Be(Parse("""{"all":[{"event":"B"},{"event":"A"}]}""").Form);
        Parse("""{"event":"A"}""").Form.Should().NotBe(Parse("""{"event":"A"}""", "Europe/Berlin").Form);
        Definition.Listed("vips").Sentence.Should().Be("Contacts who are on the list 'vips'.");
        Definition.Listed("a").Form.Should().NotBe(Definition.Listed("b").Form);
    }

    private static Definition Parse(string json, string? zone = null) => Definition.Parse(JsonElement.Parse(json), zone).Definition!;
}
