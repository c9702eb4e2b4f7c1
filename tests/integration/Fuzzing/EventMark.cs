using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>
/// The id that is given to an event of an input, so that it is known again wherever it comes out: the input's number, the event's place and a sum
/// over both, so that one in which a bit was turned is not taken for another.
/// </summary>
internal static partial class EventMark
{
    /// <summary>Marks the events of a document after all its changes. Those that are no objects, or whose id is what was changed, are left as they are.</summary>
    /// <returns>The marks by place, null where there is none; null if it is not known any more which events the document has.</returns>
    public static IReadOnlyList<string?>? Put(JsonTree document, int number, bool isSingle, Random random)
    {
        if (document is not JsonTree.Members root)
            return null;
        var isBatch = root.Items.Exists(member => Name(member.Name) == "events");
        if (isSingle)
            return isBatch ? null : [One(root, number, 0, random)];
        return root.Items.Where(member => Name(member.Name) == "events").Select(member => member.Value).ToList() is [JsonTree.List events]
            ? [.. events.Items.Select((item, place) => item is JsonTree.Members e ? One(e, number, place, random) : null)]
            : null;
    }

    /// <summary>The number of the input that an id belongs to; null for any other id.</summary>
    public static int? NumberOf(string id) =>
        Form().Match(id) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && int.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
        && Of(number, place) == id
            ? number
            : null;

    /// <summary>The mark of the event at a place of an input.</summary>
    public static string Of(int number, int place)
    {
        var sum = 17u;
        foreach (var unit in Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{FuzzRun.Seed}/{number}/{place}")))
            sum = unchecked((sum ^ unit) * 16_777_619u);
        return string.Create(CultureInfo.InvariantCulture, $"f{number}-{place}-{sum:x8}");
    }

    private static string? One(JsonTree.Members e, int number, int place, Random random)
    {
        var mark = Of(number, place);
        var leaf = new JsonTree.Leaf($"\"{mark}\"");
        var given = e.Items.FindIndex(member => Name(member.Name) == "eventId");
        if (random.Next(12) == 0)
            return null;
        if (given < 0)
            e.Items.Add(("\"eventId\"", leaf));
        else if (e.Items.FindLastIndex(member => Name(member.Name) == "eventId") == given && e.Items[given].Value is JsonTree.Leaf { Raw: "\"e1\"" or "\"e2\"" })
            e.Items[given] = (e.Items[given].Name, leaf);
        else
            return null;
        return mark;
    }

    private static string? Name(string raw)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(raw);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex("^f([0-9]{1,9})-([0-9]{1,9})-[0-9a-f]{8}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
