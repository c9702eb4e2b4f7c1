using System.Globalization;
using System.Text.Json.Nodes;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>
/// Makes random events of people. Those who were known before the first fault are named by any of their identifiers; newcomers, of whom
/// more come all the time, and those who are to be erased by all of them, so that it is certain whom each event belongs to, in whatever order
/// the events arrive. Some events name one who is to be erased and whose they are not.
/// </summary>
internal sealed class EventMaker(int seed)
{
    /// <summary>How many people are known before the first fault.</summary>
    public const int Known = 240;

    private const int EventsPerNewcomer = 150;
    private const int NewcomersAtATime = 8;
    private const int ReferrerOnceIn = 10;
    private static readonly string[] Types = ["AppLogin", "AppLogin", "AppLogin", "AppInstall", "ProductViewed", "CartUpdated", "CartUpdated", "OrderPaid", "WorkoutStarted", "WorkoutCompleted"];

    private static readonly int[] Leaving = [.. Enumerable.Range(0, Known).Where(CardRoles.Leaves)];

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private int _made;

    /// <summary>All types that events have.</summary>
    public static IReadOnlyList<string> AllTypes { get; } = [.. Types.Distinct()];

    /// <summary>The identifier by which a person can be looked up.</summary>
    public static string Customer(int person) => string.Create(CultureInfo.InvariantCulture, $"customer-{person}");

    /// <summary>Everything that names a person, in small letters.</summary>
    public static IEnumerable<string> Identifiers(int person) => [Customer(person), Email(person), Phone(person)];

    /// <summary>Any event of anybody.</summary>
    public SentEvent Next()
    {
        lock (_lock)
        {
            var person = _random.Next(100) switch
            {
                < 4 => SentEvent.Nobody,
                < 12 => Known + (_made / EventsPerNewcomer) + _random.Next(NewcomersAtATime),

                // Some much more often than others, so that their events meet.
                _ => (int)(Known * Math.Pow(_random.NextDouble(), 2)),
            };
            return Make(person, Types[_random.Next(Types.Length)], OccurredAt());
        }
    }

    /// <summary>The event by which a person becomes known.</summary>
    public SentEvent First(int person)
    {
        lock (_lock)
            return Make(person, "AppInstall", occurredAt: null, isFirst: true);
    }

    private SentEvent Make(int person, string type, DateTimeOffset? occurredAt, bool isFirst = false)
    {
        var parameters = new JsonObject
        {
            ["totalCost"] = _random.Next(1, 80),
            ["brand"] = $"brand-{_random.Next(6)}",
            ["orderId"] = $"order-{_random.Next(3)}",
            ["type"] = _random.Next(2) == 0 ? "Strength" : "Cardio",
        };
        if (person != SentEvent.Nobody)
            Name(parameters, person, isFirst || person >= Known || CardRoles.Leaves(person) ? 7 : _random.Next(1, 8));
        int? referrer = _random.Next(ReferrerOnceIn) == 0 ? Leaving[_random.Next(Leaving.Length)] : null;
        if (referrer is { } other)
            parameters["referrer"] = Email(other);
        return new(string.Create(CultureInfo.InvariantCulture, $"chaos-{_made++}"), type, person, occurredAt, parameters.ToJsonString(), referrer);
    }

    private void Name(JsonObject parameters, int person, int which)
    {
        if ((which & 1) != 0)
            parameters["externalCustomerId"] = Customer(person);
        if ((which & 2) != 0)
            parameters["Email"] = _random.Next(2) == 0 ? Email(person) : $"P{person}@Example.Com";
        if ((which & 4) != 0)
            parameters["Phone"] = Phone(person);
    }

    private static string Email(int person) => string.Create(CultureInfo.InvariantCulture, $"p{person}@example.com");

    private static string Phone(int person) => string.Create(CultureInfo.InvariantCulture, $"+49{person:D9}");

    // Mostly when it is received; else a little before, long before, or yet to come.
    private DateTimeOffset? OccurredAt() => _random.Next(100) switch
    {
        < 60 => null,
        < 75 => Ago(TimeSpan.FromSeconds(3)),
        < 85 => Ago(TimeSpan.FromMinutes(1)),
        < 90 => Ago(TimeSpan.FromDays(8)),
        _ => Ago(-TimeSpan.FromSeconds(12)),
    };

    // Whole milliseconds: finer digits are cut off on arrival.
    private DateTimeOffset Ago(TimeSpan most) => DateTimeOffset.FromUnixTimeMilliseconds(
        (TimeProvider.System.GetUtcNow() - (most * _random.NextDouble())).ToUnixTimeMilliseconds());
}
