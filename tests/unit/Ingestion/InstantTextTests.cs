using System.Globalization;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.UnitTests.Ingestion;

public sealed class InstantTextTests
{
    [Theory]
    [InlineData("2026-05-01", "2026-05-01T00:00:00.000000")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.000000")]
    [InlineData("2026-05-01T12:30", "2026-05-01T12:30:00.000000")]
    [InlineData("2026-05-01T12:30:15", "2026-05-01T12:30:15.000000")]
    [InlineData("2026-05-01T12:30:15Z", "2026-05-01T12:30:15.000000")]
    [InlineData("2026-05-01t12:30:15z", "2026-05-01T12:30:15.000000")]
    [InlineData("2026-05-01 12:30:15", "2026-05-01T12:30:15.000000")]
    [InlineData("2026-05-01T12:30:15.5", "2026-05-01T12:30:15.500000")]
    [InlineData("2026-05-01T12:30:15,25Z", "2026-05-01T12:30:15.250000")]
    [InlineData("2026-05-01T12:30:15.1234569Z", "2026-05-01T12:30:15.123456")]
    [InlineData("2026-05-01T12:30:15.999999999999Z", "2026-05-01T12:30:15.999999")]
    [InlineData("2026-05-01T12:30:15+02:00", "2026-05-01T10:30:15.000000")]
    [InlineData("2026-05-01T12:30:15-0330", "2026-05-01T16:00:15.000000")]
    [InlineData("2026-05-01T12:30:15+02", "2026-05-01T10:30:15.000000")]
    [InlineData("2026-05-01T00:30:15+23:59", "2026-04-30T00:31:15.000000")]
    [InlineData("2026-05-01T12:30:15-00:00", "2026-05-01T12:30:15.000000")]
    public void Reads_dates_and_date_times_in_UTC(string text, string expected)
    {
        var instant = InstantText.Parse(text);

        instant!.Value.Offset.Should().Be(TimeSpan.Zero);
        instant.Value.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture).Should().Be(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("today")]
    [InlineData("2026-5-1")]
    [InlineData("01.05.2026")]
    [InlineData("2026-05-01\n")]
    [InlineData(" 2026-05-01")]
    [InlineData("2026-02-29")]
    [InlineData("2026-13-01")]
    [InlineData("0000-01-01")]
    [InlineData("2026-05-01T24:00:00Z")]
    [InlineData("2026-05-01T12:60:00Z")]
    [InlineData("2026-05-01T23:59:60Z")]
    [InlineData("2026-05-01T12:30:15.Z")]
    [InlineData("2026-05-01T12:30:15+24:00")]
    [InlineData("2026-05-01T12:30:15+02:60")]
    [InlineData("2026-05-01T")]
    [InlineData("2026-05-01Z")]
    [InlineData("20260501T123015Z")]
    [InlineData("٢٠٢٦-05-01")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("2026-05-01T12:30:15.00000000000000000000000000000000000000000000000000Z")]
    public void Anything_else_is_no_instant(string text) => InstantText.Parse(text).Should().BeNull();

    [Fact]
    public void Digits_finer_than_a_microsecond_are_cut_off_towards_the_past()
    {
        var second = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.FromHours(2));

        InstantText.ToMicrosecond(second.AddTicks(19)).Should().Be(second.AddTicks(10));
        InstantText.ToMicrosecond(second.AddTicks(-1)).Should().Be(second.AddTicks(-10));
        InstantText.ToMicrosecond(second).Offset.Should().Be(TimeSpan.Zero);
    }
}
