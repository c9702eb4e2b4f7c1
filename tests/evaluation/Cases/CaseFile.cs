using System.Globalization;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Tests.Cases;

/// <summary>One case of a case file: a history, a definition, and what it says at some instants.</summary>
public sealed class Case
{
    public required string File { get; init; }

    public required string Name { get; init; }

    public string Definition { get; set; } = "{}";

    public string Zone { get; set; } = "UTC";

    public string? Sentence { get; set; }

    public string? Warning { get; set; }

    public DateTimeOffset Created { get; set; } = CaseFile.Instant("2000-01-01");

    public string Fields { get; set; } = "{}";

    public List<KeyValuePair<string, string>> Identifiers { get; } = [];

    public Dictionary<string, DateTimeOffset> Lists { get; } = [];

    public List<(string Key, string Json)> Segments { get; } = [];

    public List<(DateTimeOffset Recorded, ContactEvent Event)> Events { get; } = [];

    public List<(DateTimeOffset At, string Expected)> Answers { get; } = [];

    public List<(DateTimeOffset At, List<string> Lines)> Explained { get; } = [];

    public Dictionary<string, Definition> SegmentDefinitions() =>
        Segments.ToDictionary(segment => segment.Key, segment => Evaluation.Definition.Parse(JsonElement.Parse(segment.Json), Zone).Definition!);

    /// <summary>The events that are known at an instant: those recorded by then, whenever they occurred.</summary>
    public List<ContactEvent> Known(DateTimeOffset at) => [.. Events.Where(e => e.Recorded <= at).Select(e => e.Event)];

    public ContactFacts Facts() => new("42", Created, "Event") { Fields = JsonElement.Parse(Fields), Identifiers = Identifiers, Lists = Lists };

    public override string ToString() => $"{File}: {Name}";
}

/// <summary>
/// Reads case files. A case begins with <c>== its name</c>; then each line is a word and what belongs to it.
/// <c>yes</c> and <c>no</c> are answers at an instant; <c>enters</c> and <c>leaves</c> say that it turns there, exactly.
/// <c>explain</c> names an instant, and the lines behind it, each begun by <c>|</c>, are the explanation.
/// </summary>
internal static class CaseFile
{
    public static IEnumerable<Case> ReadAll() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases"), "*.txt").Order(StringComparer.Ordinal).SelectMany(Read);

    /// <summary>A date or an instant; without an offset it is UTC.</summary>
    public static DateTimeOffset Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static List<Case> Read(string path)
    {
        var cases = new List<Case>();
        foreach (var (number, line) in File.ReadLines(path).Index())
        {
            if (line.Length == 0 || line.StartsWith('#'))
                continue;
            if (line.StartsWith("== ", StringComparison.Ordinal))
                cases.Add(new Case { File = Path.GetFileName(path), Name = line[3..] });
            else
                Line(cases[^1], line, $"{path}:{number + 1}");
        }

        return cases;
    }

    private static void Line(Case into, string line, string place)
    {
        var words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var rest = words.Length > 1 ? words[1] : "";
        switch (words[0])
        {
            case "definition":
                into.Definition = rest;
                break;
            case "zone":
                into.Zone = rest;
                break;
            case "sentence":
                into.Sentence = rest;
                break;
            case "warning":
                into.Warning = rest;
                break;
            case "created":
                into.Created = Instant(rest);
                break;
            case "fields":
                into.Fields = rest;
                break;
            case "identifier":
                var kind = rest.Split(' ', 2);
                into.Identifiers.Add(new(kind[0], kind[1]));
                break;
            case "list":
                var since = rest.Split(' ', 2);
                into.Lists.Add(since[0], Instant(since[1]));
                break;
            case "segment":
                var segment = rest.Split(' ', 2);
                into.Segments.Add((segment[0], segment[1]));
                break;
            case "event":
                into.Events.Add(Event(into, rest));
                break;
            case "explain":
                into.Explained.Add((Instant(rest), []));
                break;
            case "|":
                into.Explained[^1].Lines.Add(line[2..]);
                break;
            default:
                into.Answers.Add((Instant(words[0]), rest is "yes" or "no" or "enters" or "leaves" ? rest : throw new FormatException($"{place}: {line}")));
                break;
        }
    }

    /// <summary><c>time [recorded time] type [params]</c>.</summary>
    private static (DateTimeOffset Recorded, ContactEvent Event) Event(Case into, string text)
    {
        var words = text.Split(' ', 2, StringSplitOptions.TrimEntries);
        var occurred = Instant(words[0]);
        var recorded = occurred;
        var rest = words[1];
        if (rest.StartsWith("recorded ", StringComparison.Ordinal))
        {
            var late = rest.Split(' ', 3, StringSplitOptions.TrimEntries);
            recorded = Instant(late[1]);
            rest = late[2];
        }

        var counts = !rest.StartsWith("uncounted ", StringComparison.Ordinal);
        var parts = (counts ? rest : rest["uncounted ".Length..]).Split(' ', 2);
        return (recorded, new ContactEvent
        {
            EventId = $"e{into.Events.Count}",
            Type = parts[0],
            OccurredAt = occurred,
            Counts = counts,
            Params = JsonElement.Parse(parts.Length > 1 ? parts[1] : "{}"),
        });
    }
}
