using System.Text.RegularExpressions;

namespace EventSegmentation.UnitTests.Architecture;

/// <summary>Text from outside becomes neither SQL nor a pattern that backtracks.</summary>
public sealed partial class TextRules
{
    // What is put into SQL text and is no constant, file by file. Each was looked at: it is chosen in that file among constants,
    // or is the name of a column or of a parameter that the file itself writes down. A value never stands here: it is a parameter.
    private static readonly Dictionary<string, string[]> Reviewed = new()
    {
        ["Builds/WorldStore.cs"] = ["Keys(\"g.segment_ids\")", "Keys(\"c.segment_ids\")", "builds", "ids"],
        ["History/EventHistoryStore.cs"] =
        [
            "Within(type, \"data ->> 'EventType'\", \"segmentation.occurred_at(data)\", \"seq_id\", \"0\")", "columns", "table", "at", "key", "least", "typeColumn",
            "(type is null ? \"\" : \"and data ->> 'EventType' = $6\")",
        ],
        ["Ledger/LedgerStore.cs"] = ["News(partitions)", "mine"],
        ["Ledger/TransitionStore.cs"] = ["where"],
        ["Projection/CheckpointStore.cs"] = ["name"],
        ["Streams/StreamHistory.cs"] = ["kinds"],
    };

    [Fact]
    public void Into_SQL_text_go_constants_and_what_was_reviewed()
    {
        var found = DependencyRules.Sources("services/segmentation")
            .Select(file => (File: DependencyRules.Relative(file).Replace("/services/segmentation/", "", StringComparison.Ordinal), Holes: HolesInSql(File.ReadAllText(file))))
            .Where(one => one.Holes.Length > 0)
            .ToDictionary(one => one.File, one => one.Holes);

        found.Should().BeEquivalentTo(Reviewed);
    }

    [Fact]
    public void SQL_is_never_put_together_by_plus_or_Format() =>
        DependencyRules.Sources("services/segmentation")
            .Where(file => Concatenated().IsMatch(File.ReadAllText(file)))
            .Should().BeEmpty();

    [Fact]
    public void No_pattern_backtracks() =>
        DependencyRules.Sources("services").SelectMany(file => Patterns().Matches(File.ReadAllText(file)).Select(match => (file, match.Value)))
            .Where(pattern => !pattern.Value.Contains("NonBacktracking", StringComparison.Ordinal))
            .Should().BeEmpty();

    private static string[] HolesInSql(string source) =>
    [
        .. Interpolated().Matches(source).Select(text => text.Groups["text"].Value).Where(text => Sql().IsMatch(text))
            .SelectMany(text => Hole().Matches(text).Select(hole => hole.Groups["hole"].Value))
            .Where(hole => !Constant().IsMatch(hole))
            .Distinct(),
    ];

    [GeneratedRegex("""
        \$"{3}(?<text>.*?)"{3} | \$"(?<text>(?:[^"\\\n]|\\.|(?<=\{)[^}]*)*)"
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Interpolated();

    [GeneratedRegex(@"\bsegmentation\.\w|public\.mt_|\$\d|^(select|insert|update|delete|with|and|where|array)\b|\bas member\b")]
    private static partial Regex Sql();

    [GeneratedRegex(@"(?<!\{)\{(?<hole>[^{}]+)\}")]
    private static partial Regex Hole();

    // Names of constants are written so here, and locals and parameters are not.
    [GeneratedRegex(@"^[A-Z]\w*(\.[A-Z]\w*)*$")]
    private static partial Regex Constant();

    [GeneratedRegex("""(Command|CommandText)\b[^;]{0,40}("\s*\+|string\.(Format|Concat)|StringBuilder)""")]
    private static partial Regex Concatenated();

    // From the attribute, or the constructor, to what follows it: the options stand within, also in a variable just before.
    [GeneratedRegex(@"\[GeneratedRegex\(.*?private|RegexOptions\.[^;]*;\s*return new Predicate\.Expression\(new Regex\(|(?<!Expression\()new Regex\([^;]*;", RegexOptions.Singleline)]
    private static partial Regex Patterns();
}
