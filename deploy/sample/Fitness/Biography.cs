using System.Globalization;

namespace EventSegmentation.Sample.Fitness;

/// <summary>What a person did on a day, event by event.</summary>
/// <remarks>
/// A day depends on the person and the date alone, never on when it is told. So a history told again later has the
/// same events under the same ids for the days that both cover, and new ones for the rest.
/// </remarks>
internal sealed class Biography
{
    private const int SubscriptionDays = 30;
    private const int BuysPercent = 8;
    private const int PaysPercent = 60;

    private readonly List<FitnessEvent> _events = [];
    private readonly Person _person;
    private readonly DateOnly _day;
    private readonly int _age;
    private readonly Dice _dice;
    private DateTimeOffset _clock;

    private Biography(Person person, DateOnly day)
    {
        (_person, _day, _age) = (person, day, day.DayNumber - person.Installed.DayNumber);
        _dice = new Dice(person.Seed, day.DayNumber);
        // People live in all time zones; a day's story is over before midnight.
        _clock = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddSeconds(_dice.Between(0, 20 * 3_600));
    }

    /// <summary>The events of the day, in their order; none before the installation.</summary>
    public static IReadOnlyList<FitnessEvent> Of(Person person, DateOnly day)
    {
        var biography = new Biography(person, day);
        if (biography._age >= 0)
            biography.Tell();
        return biography._events;
    }

    private void Tell()
    {
        var visits = _dice.Chance(_person.Persona.Visits) && _age <= _person.LastVisit;
        if (_age == 0)
            Add(0, Happenings.Install(_person));
        if (_person.Subscription is { } began && _age > began && (_age - began) % SubscriptionDays == 0)
            EndOrRenew();
        if (visits || _age == 0 || _age == _person.Trial || _age == _person.Subscription)
            Visit();
    }

    private void EndOrRenew()
    {
        if (_age > _person.LastVisit)
            Add(60, Happenings.Expire(_person));
        else
            Add(60, Happenings.Subscribe(_person, "monthly"));
    }

    private void Visit()
    {
        Add(30, Happenings.Login(_person));
        if (_age == _person.Trial)
            Add(90, Happenings.Try(_person));
        if (_age == _person.Subscription)
            Add(600, Happenings.Subscribe(_person, _dice.Pick("monthly", "yearly")));
        if (_dice.Chance(_person.Persona.Trains))
        {
            var workout = Workout.Throw(_dice);
            Add(120, Happenings.Start(_person, workout));
            Add(workout.Minutes * 60, Happenings.Complete(_person, workout));
        }

        if (_dice.Chance(BuysPercent))
        {
            var purchase = Purchase.Throw(_dice);
            Add(300, Happenings.FillCart(_person, purchase));
            if (_dice.Chance(PaysPercent))
                Add(240, Happenings.Pay(_person, purchase));
        }
    }

    private void Add(int secondsLater, Happening happening)
    {
        _clock = _clock.AddSeconds(secondsLater);
        var id = string.Create(CultureInfo.InvariantCulture, $"{_person.Key}-{_day:yyMMdd}-{_events.Count}");
        _events.Add(happening.At(_clock, id));
    }
}
