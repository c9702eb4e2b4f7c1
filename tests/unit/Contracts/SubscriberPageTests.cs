using EventSegmentation.UnitTests.Architecture;

namespace EventSegmentation.UnitTests.Contracts;

/// <summary>The page for subscribers shows the programs that the tests run, not others.</summary>
public sealed class SubscriberPageTests
{
    [Theory]
    [InlineData("csharp", "docs/examples/subscriber/Program.cs")]
    [InlineData("python", "docs/examples/subscriber.py")]
    public void The_page_shows_the_program_as_it_is(string language, string program)
    {
        var page = File.ReadAllText(Path.Combine(DependencyRules.Root, "docs/subscribers.md"));

        page.Should().Contain($"```{language}\n{File.ReadAllText(Path.Combine(DependencyRules.Root, program)).TrimEnd('\n')}\n```");
    }
}
