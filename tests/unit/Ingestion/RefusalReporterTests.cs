using System.Text;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Publishing;

namespace EventSegmentation.UnitTests.Ingestion;

public sealed class RefusalReporterTests
{
    [Theory]
    [InlineData("", "x", 10, 10)]
    [InlineData("", "x", EventRefusal.MaxBodyCharacters, EventRefusal.MaxBodyCharacters)]
    [InlineData("", "x", EventRefusal.MaxBodyCharacters + 1, EventRefusal.MaxBodyCharacters)]
    [InlineData("", "x", 1_000_000, EventRefusal.MaxBodyCharacters)]
    [InlineData("", "€", 1_000_000, EventRefusal.MaxBodyCharacters)]
    [InlineData("", "😀", 1_000_000, EventRefusal.MaxBodyCharacters)]
    [InlineData("x", "😀", 1_000_000, EventRefusal.MaxBodyCharacters - 1)]
    public void A_body_is_cut_at_its_limit_and_never_inside_a_character(string start, string unit, int units, int expected)
    {
        var sent = start + string.Concat(Enumerable.Repeat(unit, units));

        var body = RefusalReporter.Body(Encoding.UTF8.GetBytes(sent));

        body.Length.Should().Be(expected);
        sent.StartsWith(body, StringComparison.Ordinal).Should().BeTrue();
    }
}
