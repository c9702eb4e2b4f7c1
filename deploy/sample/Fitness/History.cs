namespace EventSegmentation.Sample.Fitness;

/// <summary>
/// The app's last two months. It wins the same number of people every two months, so a history that ends later has
/// the people and the events of an earlier one, without those who came too early, and new ones.
/// </summary>
internal static class History
{
    public const int Days = 60;

    /// <summary>Who installed the app on the day of <paramref name="now"/> or on the days before it, in the order of installation.</summary>
    /// <param name="seed">Decides who they are.</param>
    /// <param name="contacts">How many there are.</param>
    /// <param name="now">When the history ends.</param>
    public static IReadOnlyList<Person> People(long seed, int contacts, DateTimeOffset now)
    {
        var today = Today(now);
        return
        [
            .. Enumerable.Range(1 - Days, Days).Select(today.AddDays)
                .SelectMany(day => Enumerable.Range(0, Installations(contacts, day)).Select(number => Person.Of(seed, day, number))),
        ];
    }

    /// <summary>What they did up to <paramref name="now"/>, inclusive, in the order of time.</summary>
    public static IReadOnlyList<FitnessEvent> Events(IReadOnlyList<Person> people, DateTimeOffset now)
    {
        var today = Today(now);
        return
        [
            .. people
                .SelectMany(person => Enumerable.Range(0, today.DayNumber - person.Installed.DayNumber + 1)
                    .SelectMany(age => Biography.Of(person, person.Installed.AddDays(age))))
                .Where(e => e.OccurredAt <= now)
                .OrderBy(e => e.OccurredAt).ThenBy(e => e.Id, StringComparer.Ordinal),
        ];
    }

    // Spread over the days by the date alone: any two months in a row have exactly that many.
    private static int Installations(int contacts, DateOnly day) =>
        (int)(((day.DayNumber + 1L) * contacts / Days) - ((long)day.DayNumber * contacts / Days));

    private static DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime);
}
