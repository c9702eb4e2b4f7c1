using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;

namespace EventSegmentation.UnitTests.Segmentation.Cases;

/// <summary>One event and what must become of it.</summary>
public sealed record MatchingRow(int Line, string Parameters, string Expected);

/// <summary>A row of the case file with the rows that go on from it, and what is known before.</summary>
public sealed partial class MatchingCase
{
    public const string Type = "T";

    /// <summary>The id of the first contact that is made.</summary>
    public const long FirstNew = 100;

    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private MatchingCase(string heading, Block block, MatchingRow row) => (Name, Known, Rules, IsOn, Rows) =
        ($"{heading}, line {row.Line}", block.Known, block.Rules, block.IsOn, [row]);

    public string Name { get; }

    internal IReadOnlyList<(long Contact, Identifier Identifier)> Known { get; }

    /// <summary>By event type; the installation's under the empty one.</summary>
    internal IReadOnlyDictionary<string, MatchingRule> Rules { get; }

    /// <summary>Whether the event type is used for segmentation.</summary>
    public bool IsOn { get; }

    public List<MatchingRow> Rows { get; }

    /// <summary>The event of a row.</summary>
    internal static IncomingEvent Event(MatchingRow row) => new(
        new NormalizedEvent
        {
            EventId = $"line {row.Line}",
            EventType = Type,
            OccurredAt = At,
            ReceivedAt = At,
            Params = JsonElement.Parse(row.Parameters),
        },
        TraceParent: null);

    /// <summary>What became of an event, as the file writes it.</summary>
    internal static string Describe(string who, IEnumerable<Identifier> linked, IEnumerable<(Identifier Identifier, long Owner)> conflicts) =>
        string.Join(' ', [
            who,
            .. linked.Select(identifier => $"+{Text(identifier)}"),
            .. conflicts.Select(conflict => $"!{Text(conflict.Identifier)}={conflict.Owner}"),
        ]);

    public override string ToString() => Name;

    public static IReadOnlyList<MatchingCase> ReadAll()
    {
        var cases = new List<MatchingCase>();
        var heading = "";
        var block = new Block();
        foreach (var (index, written) in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Segmentation", "Cases", "matching.txt")).Index())
        {
            var line = Repeated().Replace(written, match => string.Concat(Enumerable.Repeat(match.Groups[2].Value, int.Parse(match.Groups[1].Value))));
            var words = line.Split(' ', 2);
            switch (words[0])
            {
                case "" or "#":
                    break;
                case "==":
                    (heading, block) = (words[1], new());
                    break;
                case "known" or "rule" or "type":
                    block.Read(words[0], words[1]);
                    break;
                case "then":
                    cases[^1].Rows.Add(Row(index + 1, words[1]));
                    break;
                default:
                    cases.Add(new(heading, block, Row(index + 1, line)));
                    break;
            }
        }

        return cases;
    }

    private static MatchingRow Row(int line, string text) =>
        text.Split(" => ") is [var parameters, var expected] ? new(line, parameters, expected) : throw new FormatException($"Line {line}: {text}");

    private static string Text(Identifier identifier) =>
        $"{identifier.Kind}:{(Plain().IsMatch(identifier.Value) ? identifier.Value : Escaped(identifier.Value))}";

    // As the file writes what a reader could not tell apart.
    private static string Escaped(string value) =>
        $"\"{string.Concat(value.Select(character => character is > '~' or < ' ' ? $"\\u{(int)character:x4}" : character.ToString()))}\"";

    [GeneratedRegex(@"<(\d+) ?([^\d\s>]+|1)>")]
    private static partial Regex Repeated();

    [GeneratedRegex(@"^([!-~]|\p{Cs})+$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"(?<kind>\w+):(?:(?<json>""(?:[^""\\]|\\.)*"")|(?<plain>\S+))")]
    private static partial Regex KnownIdentifier();

    private sealed partial class Block
    {
        public List<(long Contact, Identifier Identifier)> Known { get; } = [];

        public Dictionary<string, MatchingRule> Rules { get; } = [];

        public bool IsOn { get; private set; } = true;

        public void Read(string word, string rest)
        {
            switch (word)
            {
                case "known":
                    var contact = long.Parse(rest.Split(' ')[0]);
                    Known.AddRange(KnownIdentifier().Matches(rest).Select(match => (contact, new Identifier(
                        match.Groups["kind"].Value,
                        match.Groups["json"] is { Success: true } json ? JsonElement.Parse(json.Value).GetString()! : match.Groups["plain"].Value))));
                    break;
                case "rule":
                    var rule = Rule().Match(rest);
                    Rules.Add(rule.Groups["type"].Value, new(!rule.Groups["off"].Success, rule.Groups["field"].Value, rule.Groups["parameter"].Value));
                    break;
                default:
                    IsOn = rest != "off";
                    break;
            }
        }

        [GeneratedRegex(@"^(?<off>off )?(?:(?<type>\w+): )?(?<field>\w+) (?<parameter>\w+)$")]
        private static partial Regex Rule();
    }
}
