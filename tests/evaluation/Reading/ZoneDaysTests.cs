using System.Globalization;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Tests.Reading;

public sealed class ZoneDaysTests
{
    [Theory]
    [InlineData("2026-05-01T00:00:00Z", "UTC", "2026-05-01", "2026-05-01T00:00:00Z")]
    [InlineData("2026-05-01T03:59:59.999999Z", "America/New_York", "2026-04-30", "2026-04-30T04:00:00Z")]
    [InlineData("2026-05-01T04:00:00Z", "America/New_York", "2026-05-01", "2026-05-01T04:00:00Z")]
    [InlineData("2018-11-04T12:00:00Z", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z")]
    public void A_day_begins_at_its_first_instant_also_where_midnight_is_skipped(string instant, string zone, string day, string start)
    {
        var at = DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

        var found = ZoneDays.DayAt(at, zone);

        found.Should().Be(DateOnly.Parse(day, CultureInfo.InvariantCulture));
        ZoneDays.Start(found, zone).Should().Be(DateTimeOffset.Parse(start, CultureInfo.InvariantCulture));
        ZoneDays.DayAt(ZoneDays.Start(found, zone).AddMicroseconds(-1), zone).Should().Be(found.AddDays(-1));
    }

    [Fact]
    public void An_unknown_zone_is_named() =>
        FluentActions.Invoking(() => ZoneDays.DayAt(DateTimeOffset.UnixEpoch, "Nowhere")).Should().Throw<ArgumentException>().WithMessage("*Nowhere*");
}
