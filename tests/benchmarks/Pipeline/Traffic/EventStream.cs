using System.Globalization;
using System.Text.Json;

namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>
/// Events of about 300 bytes as a fitness app sends them, each by its place alone. Nine in ten happen as they are sent; the
/// others come late, up to thirty days, and name when they occurred.
/// </summary>
/// <param name="name">Begins the events' ids; no two streams of a run have the same.</param>
/// <param name="seed">Chooses the events.</param>
/// <param name="contacts">Whom they are spread over.</param>
/// <param name="now">From which late ones are late.</param>
/// <param name="occurredAt">If given, when all of them occurred.</param>
/// <param name="onlyType">If given, the type of all of them.</param>
internal sealed class EventStream(
    string name, int seed, ContactRange contacts, DateTimeOffset now, DateTimeOffset? occurredAt = null, string? onlyType = null)
{
    /// <summary>The branches that contacts are spread over; segments choose some of them.</summary>
    public const int Branches = 1_000;

    private const int LateInHundred = 10;
    private const int LatestSeconds = 30 * 24 * 60 * 60;
    private static readonly string[] Kinds = ["Strength", "Cardio", "Yoga", "Swimming", "Cycling"];
    private static readonly string[] Devices = ["iPhone15,3", "Pixel 9 Pro", "SM-S928B", "iPad14,5"];

    public string Name => name;

    /// <summary>Whose the event is; in order, once round, if there is one for each.</summary>
    public int ContactOf(int place)
    {
        var dice = new Dice(seed, place);
        return contacts.Of(ref dice, place);
    }

    public static string Customer(int contact) => string.Create(CultureInfo.InvariantCulture, $"customer-{contact:0000000}");

    public string IdOf(int place) => string.Create(CultureInfo.InvariantCulture, $"{name}-{place}");

    /// <summary>The place of an event of this stream; -1 for the id of another.</summary>
    public int PlaceOf(ReadOnlySpan<char> eventId) =>
        eventId.Length > name.Length + 1 && eventId.StartsWith(name, StringComparison.Ordinal) && eventId[name.Length] == '-'
        && int.TryParse(eventId[(name.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            ? place
            : -1;

    /// <summary>Type, instant if it is named, and parameters of an event, by which its contact is found.</summary>
    public (string Type, DateTimeOffset? OccurredAt) Write(int place, Utf8JsonWriter @params)
    {
        var dice = new Dice(seed, place);
        var contact = contacts.Of(ref dice, place);
        var type = onlyType ?? EventTypes.Of(ref dice);
        var at = occurredAt ?? (dice.Next(100) < LateInHundred ? now.AddSeconds(-dice.Next(LatestSeconds)) : null);
        @params.WriteStartObject();
        @params.WriteString("externalCustomerId", Customer(contact));
        @params.WriteNumber("branch", contact % Branches);
        @params.WriteString("kind", Kinds[dice.Next(Kinds.Length)]);
        @params.WriteNumber("calories", 100 + dice.Next(800));
        @params.WriteNumber("totalCost", decimal.Divide(500 + dice.Next(15_000), 100));
        @params.WriteString("orderId", $"order-{dice.Next(1_000_000)}");
        @params.WriteString("device", Devices[dice.Next(Devices.Length)]);
        @params.WriteString("appVersion", "7.42.1");
        @params.WriteString("locale", "en-GB");
        @params.WriteBoolean("wifi", dice.Next(2) == 0);
        @params.WriteEndObject();
        return (type, at);
    }
}

/// <summary>Contacts that events are spread over.</summary>
/// <param name="First">The number of the first.</param>
/// <param name="EachOnce">True if each in turn has an event, in place of chance.</param>
internal readonly record struct ContactRange(int First, int Count, bool EachOnce = false)
{
    public int Of(ref Dice dice, int place) => First + (EachOnce ? place % Count : dice.Next(Count));
}
