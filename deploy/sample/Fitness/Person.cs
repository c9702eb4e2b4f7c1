using System.Globalization;

namespace EventSegmentation.Sample.Fitness;

/// <summary>What the person holds in the hand.</summary>
internal sealed record Device(string Category, string Os, int Share)
{
    public static readonly IReadOnlyList<Device> All =
    [
        new("Mobile", "iOS", 45),
        new("Mobile", "Android", 35),
        new("Tablet", "iOS", 10),
        new("Desktop", "Windows", 10),
    ];
}

/// <summary>
/// By what the app knows its users. All events of one person have one identifier in common, so the contact is the same
/// one in whatever order they arrive.
/// </summary>
internal enum KnownBy
{
    /// <summary>An account: external id and email in every event of the app, the push token in some; the shop knows the email only.</summary>
    Account,

    /// <summary>No account: the email, and the push token in some events.</summary>
    Email,

    /// <summary>The push token alone.</summary>
    PushToken,
}

/// <summary>Somebody who installed the app on a day, and everything about them that chance decides once.</summary>
internal sealed record Person
{
    private static readonly string[] Names =
    [
        "ada", "ben", "cleo", "dan", "ella", "finn", "gina", "hugo", "iris", "jon", "kim", "leo", "mia", "nils", "olga", "pia",
        "quin", "rosa", "sam", "tara", "udo", "vera", "will", "xena", "yara", "zoe",
    ];

    /// <summary>Unique among all people of all seeds, and a part of the ids of their events.</summary>
    public required string Key { get; init; }

    /// <summary>Begins the chance of each of the person's days.</summary>
    public required long Seed { get; init; }

    public required Persona Persona { get; init; }

    public required DateOnly Installed { get; init; }

    public required KnownBy KnownBy { get; init; }

    public required Device Device { get; init; }

    /// <summary>Days after the installation: the last day with visits.</summary>
    public required int LastVisit { get; init; }

    /// <summary>Days after the installation; null for never.</summary>
    public required int? Trial { get; init; }

    /// <summary>Days after the installation; null for never.</summary>
    public required int? Subscription { get; init; }

    public string? ExternalId => KnownBy == KnownBy.Account ? Key : null;

    public string? Email => KnownBy == KnownBy.PushToken ? null : $"{Key}@fit.test";

    public string PushToken => $"push-{Key}";

    /// <param name="seed">Of the whole sample.</param>
    /// <param name="installed">The day of the installation.</param>
    /// <param name="number">Among the people of that day.</param>
    public static Person Of(long seed, DateOnly installed, int number) =>
        Of(new Dice(seed, installed.DayNumber, number), installed, name =>
            string.Create(CultureInfo.InvariantCulture, $"{name}{seed}-{installed:yyMMdd}-{number}"));

    /// <summary>Somebody who installs the app while one watches.</summary>
    /// <param name="seed">Of the whole sample.</param>
    /// <param name="installed">Today.</param>
    /// <param name="run">Tells the people of one run from those of another.</param>
    /// <param name="number">Among the newcomers of the run.</param>
    public static Person Newcomer(long seed, DateOnly installed, string run, int number) =>
        Of(new Dice(seed, number), installed, name =>
            string.Create(CultureInfo.InvariantCulture, $"{name}{seed}-{run}-{number}"));

    private static Person Of(Dice dice, DateOnly installed, Func<string, string> key)
    {
        var persona = dice.PickByShare(Persona.All, persona => persona.Share);
        int? trial = dice.Chance(persona.Tries) ? dice.Between(0, 6) : null;
        return new()
        {
            Key = key(dice.Pick(Names)),
            Seed = dice.Between(0, int.MaxValue - 1),
            Persona = persona,
            Installed = installed,
            KnownBy = dice.Pick(KnownBy.Account, KnownBy.Account, KnownBy.Account, KnownBy.Account, KnownBy.Email, KnownBy.PushToken),
            Device = dice.PickByShare(Device.All, device => device.Share),
            LastVisit = dice.Between(persona.StaysFor.Shortest, persona.StaysFor.Longest),
            Trial = trial,
            Subscription = trial is not null && dice.Chance(persona.Subscribes) ? trial + dice.Between(0, 7) : null,
        };
    }
}
