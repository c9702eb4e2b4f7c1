using System.Globalization;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>Makes instants around a turn of the calendar or of a zone's clocks, many of them exactly a period apart.</summary>
internal sealed class TimeMaker
{
    private static readonly (string Zone, string Turn)[] Turns =
    [
        ("UTC", "2024-02-29T00:00:00Z"),
        ("UTC", "2024-03-01T00:00:00Z"),
        ("UTC", "2026-03-31T00:00:00Z"),
        ("UTC", "2026-01-01T00:00:00Z"),
        ("UTC", "2026-03-02T00:00:00Z"),
        ("UTC", "2025-07-01T12:34:56.789012Z"),
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2025-10-26T01:00:00Z"),
        ("Europe/Berlin", "2025-12-31T23:00:00Z"),
        ("America/New_York", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01T06:00:00Z"),
        ("America/St_Johns", "2010-11-07T02:31:00Z"),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("Asia/Beirut", "2022-03-26T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("Asia/Kathmandu", "2024-02-28T18:15:00Z"),
    ];

    private static readonly TimeSpan[] Distances =
    [
        TimeSpan.Zero, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(90), TimeSpan.FromHours(1), TimeSpan.FromHours(6),
        TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(3), TimeSpan.FromDays(7), TimeSpan.FromDays(14), TimeSpan.FromDays(28),
        TimeSpan.FromDays(29), TimeSpan.FromDays(30), TimeSpan.FromDays(31), TimeSpan.FromDays(60), TimeSpan.FromDays(90), TimeSpan.FromDays(365), TimeSpan.FromDays(366),
    ];

    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);

    private readonly Random _random;
    private readonly DateTimeOffset _turn;

    public TimeMaker(Random random)
    {
        _random = random;
        var (zone, turn) = Turns[random.Next(Turns.Length)];
        Zone = zone;
        _turn = DateTimeOffset.Parse(turn, CultureInfo.InvariantCulture);
    }

    public string Zone { get; }

    /// <summary>An instant near the turn: often a whole distance away, or a microsecond off it.</summary>
    public DateTimeOffset Near()
    {
        var at = _turn;
        for (var hops = _random.Next(3); hops > 0; hops--)
            at = _random.Next(3) == 0 ? at + Distance() : at - Distance();
        return _random.Next(8) switch
        {
            0 => at - Microsecond,
            1 => at + Microsecond,
            2 => at + TimeSpan.FromMinutes(_random.Next(-3000, 3000)),
            3 => at.AddMonths(_random.Next(-3, 3)),
            _ => at,
        };
    }

    /// <summary>How long until something else is recorded.</summary>
    public TimeSpan Step() => _random.Next(3) switch
    {
        0 => TimeSpan.Zero,
        1 => TimeSpan.FromSeconds(_random.Next(1, 100_000)),
        _ => Distance(),
    };

    public string Date() => Near().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public string DateOrInstant() => _random.Next(3) == 0
        ? Near().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture)
        : Date();

    private TimeSpan Distance() => Distances[_random.Next(Distances.Length)];
}
