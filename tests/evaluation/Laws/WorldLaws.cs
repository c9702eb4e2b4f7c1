using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>What must be so while some segments serve and others are built to serve next.</summary>
public sealed class WorldLaws(ITestOutputHelper output)
{
    [Fact]
    public void A_next_world_equals_the_reference_and_changes_nothing_of_the_one_that_serves()
    {
        var coverage = new Coverage();
        Proof.Check(output, scenario => new Worlds(scenario, coverage).Run());
        output.WriteLine(coverage.ToString());
        if (Proof.Cases >= Proof.DefaultCases)
            coverage.Reached("").Should().Contain(["completed without history", "completed from the history", "inputs before the completion", "changes after the swap"]);
    }

    /// <summary>A scenario whose segments serve, and another one's definitions of the same keys that are built beside them.</summary>
    private sealed class Worlds
    {
        private readonly Scenario _scenario;
        private readonly Coverage _coverage;
        private readonly Random _random;
        private readonly List<Segment> _serving;
        private readonly List<Segment> _next = [];
        private readonly List<Segment> _after;
        private readonly List<ContactEvent> _history = [];
        private Contact _contact;

        public Worlds(Scenario scenario, Coverage coverage)
        {
            (_scenario, _coverage, _contact) = (scenario, coverage, scenario.Contact);
            _random = new Random(scenario.Seed);
            _serving = [.. scenario.Segments];
            var edited = new ScenarioMaker(scenario.Seed ^ 1).Make().Segments;

            // Some are edited, some only stand behind others now, and all that refer to those have a next one as well.
            var isGroup = _random.Next(2) == 0;
            var target = new List<Segment>();
            foreach (var (i, segment) in _serving.Index())
            {
                var next = segment with { Id = segment.Id + Segment.NextIds, Epoch = segment.Epoch + Segment.NextIds };
                if (_random.Next(3) == 0 && i < edited.Count && segment.Json != Segment.List && edited[i].Json != Segment.List)
                    next = next with { Json = edited[i].Json, Zone = edited[i].Zone };
                if (isGroup && segment.Json != Segment.List)
                    next = next with { Before = [.. target] };
                var isSame = next.Definition.Form == segment.Definition.Form && !next.Definition.Segments.Any(key => _next.Exists(other => other.Key == key));
                if (!isSame)
                    _next.Add(next);
                target.Add(isSame ? segment : next);
            }

            _after = target;
        }

        public void Run()
        {
            if (_next.Count == 0)
                return;
            var alone = Plan.Compile([.. _serving.Select(segment => segment.Planned())]);
            var both = Plan.Compile([.. _serving.Select(segment => segment.Planned()), .. _next.Select(segment => segment.Planned(isNext: true))]);
            var then = Plan.Compile([.. _after.Select(segment => segment.Planned())]);
            var (build, swap) = (_random.Next(_scenario.Inputs.Count + 1), _random.Next(_scenario.Inputs.Count + 1));
            (build, swap) = (Math.Min(build, swap), Math.Max(build, swap));

            var (twin, twinContact, expected) = (ContactState.New(alone, _contact.Facts(), _contact.Created, []), _contact, new List<Change>());
            var (state, ledger) = (ContactState.New(alone, _contact.Facts(), _contact.Created, []), new List<Change>());
            Play(alone, state, _scenario.Inputs.Take(build), ledger);

            // The build: some inputs come before the state is completed, and timers on the way.
            state = ContactState.Read(both, Simulation.Bytes(state));
            var early = _random.Next(swap - build + 1);
            Play(both, state, _scenario.Inputs.Skip(build).Take(early), ledger);
            ledger.Should().NotContain(change => change.SegmentId > Segment.NextIds, "nothing of the next world is known yet");
            if (early > 0)
                _coverage.Count("inputs before the completion");
            Complete(both, state);
            Compare(state, _serving, _serving);
            Compare(state, _next, _after);
            Play(both, state, _scenario.Inputs.Skip(build + early).Take(swap - build - early), ledger, () =>
            {
                Compare(state, _serving, _serving);
                Compare(state, _next, _after);
            });
            foreach (var input in _scenario.Inputs.Take(swap))
                twinContact = EvaluatorLaws.Take(alone, twin, input, twinContact, [], expected);
            ledger.Where(change => change.SegmentId < Segment.NextIds).Should().Equal(expected, "those that serve do not notice");

            // The swap: the next ones serve, and go on as if they always had.
            state = ContactState.Read(then, Simulation.Bytes(state));
            state.Epoch.Should().BeGreaterThanOrEqualTo(then.Epoch);
            state.NeedsHistoryToComplete.Should().BeFalse();
            var made = ContactState.Of(then, _contact.Facts(), _history, state.AsOf);
            state.Memberships.Order().Should().Equal(made.Memberships.Order());
            var rest = _scenario.Inputs.Skip(swap).ToList();
            var (since, again) = (new List<Change>(), new List<Change>());
            var (contact, known) = (_contact, _history.ToList());
            Play(then, state, rest, since, () => Compare(state, _after, _after));
            foreach (var input in rest)
                contact = EvaluatorLaws.Take(then, made, input, contact, known, again);
            since.Should().Equal(again);
            if (since.Count > 0)
                _coverage.Count("changes after the swap");
        }

        private void Complete(Plan both, ContactState state)
        {
            if (state.NeedsHistoryToComplete || _random.Next(4) == 0)
            {
                _coverage.Count(state.NeedsHistoryToComplete ? "completed from the history" : "completed from the history without need");
                Evaluator.Complete(both, state, _contact.Facts(), Simulation.Needed(state, _history));
            }
            else
            {
                _coverage.Count("completed without history");
                Evaluator.Complete(both, state);
            }

            state.Epoch.Should().Be(both.Epoch);
        }

        private void Play(Plan plan, ContactState state, IEnumerable<Input> inputs, List<Change> ledger, Action? look = null)
        {
            foreach (var input in inputs)
            {
                for (var timers = 0; look is not null && timers < 3 && state.Due is { } due && due < input.At; timers++)
                {
                    Evaluator.Advance(plan, state, due, ledger);
                    look();
                }

                _contact = EvaluatorLaws.Take(plan, state, input, _contact, _history, ledger);
                look?.Invoke();
            }
        }

        private void Compare(ContactState state, List<Segment> segments, List<Segment> world)
        {
            var byKey = world.ToDictionary(segment => segment.Key, segment => segment.Definition);
            foreach (var segment in segments)
                state.IsMember(segment.Id).Should().Be(
                    Reference.Holds(segment.Definition, _contact.Facts(), _history, state.AsOf, byKey),
                    $"segment {segment.Id} at {state.AsOf:O}: {segment.Definition.Form}");
        }
    }
}
