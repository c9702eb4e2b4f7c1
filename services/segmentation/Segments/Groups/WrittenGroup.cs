using System.Text.Json;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments.Groups;

/// <summary>An exclusive group as an administrator writes it: whoever qualifies for several of its segments is in the first of them only.</summary>
/// <param name="Segments">The keys of its segments, the first before the others; at least one, none twice.</param>
internal sealed record WrittenGroup(string Key, IReadOnlyList<string> Segments);

/// <summary>Reads a group from JSON strictly; each error says where it is, what was found and what was expected.</summary>
/// <param name="at">The pointer of the group in the whole; empty if it is the whole.</param>
/// <param name="errors">Takes what is wrong.</param>
internal sealed class GroupReader(string at, List<ProblemError> errors)
{
    /// <summary>The group; null if anything in it is wrong.</summary>
    /// <param name="address">The key in the address, with which one in the body must agree; null if the address has none.</param>
    /// <param name="further">Members that may stand beside a group's own.</param>
    public WrittenGroup? Read(JsonElement body, string? address, params IReadOnlyList<string> further)
    {
        var before = errors.Count;
        if (body.ValueKind != JsonValueKind.Object)
        {
            Refuse("", "A group is a JSON object such as {\"segments\": [\"first\", \"second\"]}.");
            return null;
        }

        string[] members = ["key", "segments", .. further];
        foreach (var member in body.EnumerateObject().Select(member => member.Name).Except(members).Take(Problems.MaxErrors))
            Refuse($"/{JsonPointer.Escape(member)}", $"A group has no '{member}'; it has {string.Join(", ", members)}.");
        var key = Key(body, address);
        var segments = Segments(body);
        return errors.Count == before ? new(key, segments) : null;
    }

    private string Key(JsonElement body, string? address)
    {
        var key = address;
        if (body.TryGetProperty("key", out var given))
            key = given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        if (key is null)
            Refuse("/key", "A group needs a key: a text.");
        else if (SegmentReader.KeyError(key) is { } error)
            Refuse("/key", error);
        else if (address is not null && key != address)
            Refuse("/key", $"The address names the group '{address}', the body '{key}'. A key does not change.");
        return key ?? "";
    }

    private List<string> Segments(JsonElement body)
    {
        var (keys, seen) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        if (!body.TryGetProperty("segments", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() == 0)
        {
            Refuse("/segments", "segments is a list of the keys of one or more segments, the first before the others.");
            return keys;
        }

        if (given.GetArrayLength() > SegmentWorld.MaxGroup)
        {
            Refuse("/segments", $"A group has up to {SegmentWorld.MaxGroup} segments; {given.GetArrayLength()} came.");
            return keys;
        }

        foreach (var (place, item) in given.EnumerateArray().Index())
        {
            if (item.ValueKind != JsonValueKind.String || SegmentReader.KeyError(item.GetString()!) is not null)
                Refuse($"/segments/{place}", $"A segment's key is expected; {item.GetRawText()} came.");
            else if (!seen.Add(item.GetString()!))
                Refuse($"/segments/{place}", $"'{item.GetString()}' stands in the group twice.");
            else
                keys.Add(item.GetString()!);
        }

        return keys;
    }

    private void Refuse(string pointer, string detail) => errors.Add(new(at + pointer, detail));
}
