using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>What must be so for every definition, history and instant.</summary>
public sealed class EvaluatorLaws(ITestOutputHelper output)
{
    [Fact]
    public void Incremental_equals_reference_at_every_instant()
    {
        var coverage = new Coverage();
        Proof.Check(output, scenario => new Simulation(scenario, coverage).Run());
        output.WriteLine($"{coverage.Comparisons:N0} comparisons of a definition, a history and an instant");
        output.WriteLine(coverage.ToString());
        if (Proof.Cases >= Proof.DefaultCases)
            coverage.Missing().Should().BeEmpty("the generator must reach every kind of node and every boundary");
    }

    [Fact]
    public void Batching_is_invisible_in_the_ledger() => Proof.Check(output, scenario =>
    {
        var (_, whole) = Play(scenario, scenario.Inputs);
        var stepped = new Simulation(scenario, new Coverage());
        stepped.Run();
        var until = End(scenario);
        stepped.Ledger.Where(change => change.At <= until).Should().Equal(whole);
    });

    [Fact]
    public void Order_of_arrival_changes_no_membership() => Proof.Check(output, scenario =>
    {
        var events = scenario.Inputs.OfType<Recorded>().ToArray();
        var (inOrder, _) = Play(scenario, events);

        // The same events, recorded at the same instants, but each at another's.
        var shuffled = events.ToArray();
        new Random(scenario.Seed).Shuffle(shuffled);
        var (mixed, _) = Play(scenario, [.. shuffled.Select((e, i) => e with { At = events[i].At })]);
        mixed.Memberships.Order().Should().Equal(inOrder.Memberships.Order());
    });

    [Fact]
    public void A_state_written_anywhere_goes_on_as_before() => Proof.Check(output, scenario =>
    {
        var (state, ledger) = Play(scenario, scenario.Inputs);
        var (resumed, again) = Play(scenario, scenario.Inputs, resume: true);
        again.Should().Equal(ledger);
        resumed.Memberships.Order().Should().Equal(state.Memberships.Order());
    });

    [Fact]
    public void What_was_too_large_to_be_written_comes_back_from_the_history() => Proof.Check(output, scenario =>
    {
        var (_, ledger) = Play(scenario, scenario.Inputs);
        var random = new Random(scenario.Seed);
        var plan = scenario.Plan();
        var contact = scenario.Contact;
        var history = new List<ContactEvent>();
        var again = new List<Change>();
        var state = ContactState.New(plan, contact.Facts(), contact.Created, again);
        foreach (var input in scenario.Inputs)
        {
            Shrink(input.At, (input as Recorded)?.Type, input is Changed);
            contact = Take(plan, state, input, contact, history, again);
        }

        Shrink(End(scenario));
        Evaluator.Advance(plan, state, End(scenario), again);
        again.Should().Equal(ledger);

        void Shrink(DateTimeOffset at, string? type = null, bool facts = false)
        {
            state = ContactState.Read(plan, Simulation.Bytes(state, keptBytes: random.Next(random.Next(2) == 0 ? 12 : 60)));
            if (state.NeedsHistory(at, type, facts))
                Evaluator.Complete(plan, state, contact.Facts(), Simulation.Needed(state, history));
            state.NeedsHistory(at, type, facts).Should().BeFalse();
        }
    });

    [Fact]
    public void Segments_that_come_later_are_completed_from_the_history() => Proof.Check(output, scenario =>
    {
        var random = new Random(scenario.Seed);
        var plan = scenario.Plan();
        var old = scenario.Plan(first: random.Next(scenario.Segments.Count));
        var history = new List<ContactEvent>();
        var contact = scenario.Contact;
        var state = ContactState.New(old, contact.Facts(), contact.Created, []);
        var swap = random.Next(scenario.Inputs.Count + 1);
        for (var i = 0; i <= scenario.Inputs.Count; i++)
        {
            if (i == swap)
            {
                // Some inputs may come between the swap of plans and the completion.
                state = ContactState.Read(plan, Simulation.Bytes(state));
                if (i < scenario.Inputs.Count && random.Next(2) == 0)
                    contact = Take(plan, state, scenario.Inputs[i++], contact, history, []);
                state = ContactState.Read(plan, Simulation.Bytes(state));
                Evaluator.Complete(plan, state, contact.Facts(), Simulation.Needed(state, history));
                state.Epoch.Should().Be(plan.Epoch);
                old = plan;
            }

            if (i < scenario.Inputs.Count)
                contact = Take(old, state, scenario.Inputs[i], contact, history, []);
        }

        var byKey = scenario.Segments.ToDictionary(segment => segment.Key, segment => segment.Definition);
        for (var timers = 0; ; timers++)
        {
            foreach (var segment in scenario.Segments)
                state.IsMember(segment.Id).Should().Be(Reference.Holds(segment.Definition, contact.Facts(), history, state.AsOf, byKey), $"of {segment.Json} at {state.AsOf:O}");
            if (timers == 5 || state.Due is not { } due)
                break;
            Evaluator.Advance(plan, state, due, []);
        }
    });

    [Fact]
    public void A_state_made_from_the_history_goes_on_like_one_that_lived_through_it() => Proof.Check(output, scenario =>
    {
        var plan = scenario.Plan();
        var history = new List<ContactEvent>();
        var contact = scenario.Contact;
        var (lived, ledger) = (ContactState.New(plan, contact.Facts(), contact.Created, []), new List<Change>());
        var made = new Random(scenario.Seed).Next(scenario.Inputs.Count + 1);
        foreach (var input in scenario.Inputs.Take(made))
            contact = Take(plan, lived, input, contact, history, []);
        var state = ContactState.Of(plan, contact.Facts(), history, lived.AsOf);
        var again = new List<Change>();
        state.Memberships.Order().Should().Equal(lived.Memberships.Order());

        var twin = contact;
        foreach (var input in scenario.Inputs.Skip(made))
        {
            contact = Take(plan, lived, input, contact, history, ledger);
            twin = Take(plan, state, input, twin, [], again);
        }

        Evaluator.Advance(plan, lived, End(scenario), ledger);
        Evaluator.Advance(plan, state, End(scenario), again);
        again.Should().Equal(ledger);
    });

    private static (ContactState State, List<Change> Ledger) Play(Scenario scenario, IReadOnlyList<Input> inputs, bool resume = false)
    {
        var plan = scenario.Plan();
        var ledger = new List<Change>();
        var contact = scenario.Contact;
        var state = ContactState.New(plan, contact.Facts(), contact.Created, ledger);
        foreach (var input in inputs)
        {
            contact = Take(plan, state, input, contact, [], ledger);
            if (resume)
                state = ContactState.Read(plan, Simulation.Bytes(state));
        }

        Evaluator.Advance(plan, state, End(scenario), ledger);
        return (state, ledger);
    }

    internal static Contact Take(Plan plan, ContactState state, Input input, Contact contact, List<ContactEvent> history, List<Change> ledger)
    {
        if (input is Changed changed)
        {
            Evaluator.Advance(plan, state, changed.Contact.Facts(), input.At, ledger);
            return changed.Contact;
        }

        var e = ((Recorded)input).Event();
        Evaluator.Advance(plan, state, e, input.At, ledger);
        history.Add(e);
        return contact;
    }

    private static DateTimeOffset End(Scenario scenario) =>
        (scenario.Inputs.Count == 0 ? scenario.Contact.Created : scenario.Inputs.Max(input => input.At)).AddDays(40);
}
