using System.Text.Json;
using System.Text.RegularExpressions;

namespace EventSegmentation.Evaluation.Tests.Reading;

/// <summary>What the documents say of the language is read by the parser, so that it stays true.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Text = Document.Text("conditions.md");

    [Fact]
    public void Every_example_is_understood()
    {
        var examples = Example().Matches(Text).Select(match => match.Groups[1].Value).ToArray();

        examples.Should().HaveCountGreaterThan(8);
        foreach (var example in examples)
            Errors(example).Should().BeEmpty(example);
    }

    [Fact]
    public void Every_period_of_the_table_is_understood()
    {
        var rows = PeriodRow().Matches(Text).Select(match => match.Groups[1].Value).ToArray();
        var periods = rows.SelectMany(row => Code().Matches(row)).Select(match => match.Groups[1].Value).ToArray();

        periods.Should().HaveCountGreaterThan(25);
        foreach (var period in periods)
        {
            var isAhead = period.StartsWith("next ", StringComparison.Ordinal) || period.StartsWith("in ", StringComparison.Ordinal);
            Errors(isAhead ? $$"""{"contact":"renewal","during":"{{period}}"}""" : $$"""{"event":"A","period":"{{period}}"}""").Should().BeEmpty(period);
        }
    }

    private static IEnumerable<DefinitionError> Errors(string condition)
    {
        using var document = JsonDocument.Parse(condition);
        return Definition.Parse(document.RootElement, null).Errors;
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^\| (`.*`) \| .* \|$", RegexOptions.Multiline)]
    private static partial Regex PeriodRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
