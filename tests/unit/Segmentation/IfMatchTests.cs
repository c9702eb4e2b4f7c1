using EventSegmentation.Segmentation.Http;
using Microsoft.AspNetCore.Http;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class IfMatchTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("\"7\"", true)]
    [InlineData("*", true)]
    [InlineData("\"6\", \"7\"", true)]
    [InlineData("\"6\"", false)]
    [InlineData("\"77\"", false)]
    [InlineData("W/\"7\"", false)]
    public void A_change_is_let_through_by_the_present_revision_only(string? header, bool allowed)
    {
        var (match, problem) = Read(header);

        problem.Should().BeNull();
        match.Allows(7).Should().Be(allowed);
        match.IsGiven.Should().Be(header is not null);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("\"7\", x")]
    [InlineData("")]
    public void What_is_no_tag_is_refused_and_lets_nothing_through(string header) => Read(header).Problem.Should().NotBeNull();

    private static (IfMatch Match, IResult? Problem) Read(string? header)
    {
        var context = new DefaultHttpContext();
        if (header is not null)
            context.Request.Headers.IfMatch = header;
        return IfMatch.Read(context.Request);
    }
}
