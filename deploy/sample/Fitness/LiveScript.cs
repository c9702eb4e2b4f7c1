namespace EventSegmentation.Sample.Fitness;

/// <summary>One step of the live part: what happens, and when after its start.</summary>
internal sealed record LiveStep(TimeSpan After, Happening Happening);

/// <summary>
/// What happens while one watches: a visit begins every second, each by somebody who has not been there for a while.
/// A visit that takes an hour in life takes seconds here. Without end, and the same for the same seed.
/// </summary>
internal static class LiveScript
{
    private static readonly TimeSpan VisitEvery = TimeSpan.FromSeconds(1);

    public static IEnumerable<LiveStep> Steps(long seed, IReadOnlyList<Person> people, Func<int, Person> newcomer)
    {
        var waiting = new PriorityQueue<LiveStep, (TimeSpan, long)>();
        var dice = new Dice(seed);
        var visitors = new Queue<Person>();
        var newcomers = 0;
        var added = 0L;
        for (var start = TimeSpan.Zero; ; start += VisitEvery)
        {
            while (waiting.TryPeek(out var next, out _) && next.After < start)
                yield return waiting.Dequeue();
            if (visitors.Count == 0)
                visitors = new(dice.Shuffle(people));
            var visit = visitors.Count == 0 || dice.Chance(6)
                ? Arrival(newcomer(newcomers++))
                : Visit(dice, visitors.Dequeue());
            foreach (var (seconds, happening) in visit)
            {
                var step = new LiveStep(start + TimeSpan.FromSeconds(seconds), happening);
                waiting.Enqueue(step, (step.After, added++));
            }
        }
    }

    private static IEnumerable<(double, Happening)> Visit(Dice dice, Person person) => dice.Between(1, 100) switch
    {
        <= 25 => [(0, Happenings.Login(person))],
        <= 70 => Training(person, Workout.Throw(dice), dice.Between(4, 12)),
        <= 85 => Trial(dice, person),
        _ => Shopping(dice, person, Purchase.Throw(dice)),
    };

    private static IEnumerable<(double, Happening)> Arrival(Person person) =>
        [(0, Happenings.Install(person)), (0.5, Happenings.Login(person)), (3, Happenings.Try(person))];

    private static IEnumerable<(double, Happening)> Training(Person person, Workout workout, int seconds) =>
        [(0, Happenings.Login(person)), (2, Happenings.Start(person, workout)), (2 + seconds, Happenings.Complete(person, workout))];

    private static IEnumerable<(double, Happening)> Trial(Dice dice, Person person)
    {
        yield return (0, Happenings.Login(person));
        yield return (2, Happenings.Try(person));
        if (dice.Chance(50))
            yield return (dice.Between(15, 45), Happenings.Subscribe(person, "monthly"));
    }

    private static IEnumerable<(double, Happening)> Shopping(Dice dice, Person person, Purchase purchase)
    {
        yield return (0, Happenings.FillCart(person, purchase));
        if (dice.Chance(50))
            yield return (dice.Between(5, 25), Happenings.Pay(person, purchase));
    }
}
