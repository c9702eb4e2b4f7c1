using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSegmentation.Access;

/// <summary>What a file of keys turned out to be.</summary>
public abstract record KeyReading
{
    private KeyReading()
    {
    }

    /// <summary>It is good.</summary>
    public sealed record Keys(IReadOnlyList<AccessKey> All) : KeyReading;

    /// <summary>It cannot be used; the reason names the place, and no key and no hash.</summary>
    public sealed record Fault(string Reason) : KeyReading;
}

/// <summary>
/// Reads a file of keys: <c>{"keys":[{"name","scope","sha256","eventTypes"?}]}</c>. Strict: a member that it does not know, or one that is
/// missing, refuses the file as a whole. It holds hashes only. Pure.
/// </summary>
public static class KeyDocument
{
    /// <summary>The most keys of a file.</summary>
    public const int MaxKeys = 1_000;

    /// <summary>The most event types to which one key is limited.</summary>
    public const int MaxEventTypes = 100;

    /// <summary>The keys, or what is wrong with the file.</summary>
    public static KeyReading Read(ReadOnlySpan<byte> json)
    {
        KeyFileContent? content;
        try
        {
            content = JsonSerializer.Deserialize(json, AccessJson.Default.KeyFileContent);
        }
        catch (JsonException wrong)
        {
            // Its message may quote what stands there, so only the place is told.
            return new KeyReading.Fault($"it is not the JSON that it should be, at {wrong.Path ?? "$"}, line {(wrong.LineNumber ?? 0) + 1}");
        }

        if (content is null)
            return new KeyReading.Fault("it is null; give {\"keys\":[…]}");
        if (content.Keys.Count > MaxKeys)
            return new KeyReading.Fault($"it has {content.Keys.Count} keys; {MaxKeys} is the most");

        var keys = new List<AccessKey>();
        foreach (var (place, entry) in content.Keys.Index())
        {
            if (Error(entry) is { } error)
                return new KeyReading.Fault($"keys[{place}] {error}");
            keys.Add(new(entry.Name, ScopeOf(entry.Scope), Convert.FromHexString(entry.Sha256)) { EventTypes = entry.EventTypes?.ToHashSet(StringComparer.Ordinal) });
        }

        return new KeyReading.Keys(keys);
    }

    private static string? Error(KeyFileEntry? entry)
    {
        if (entry?.Name is null || entry.Scope is null || entry.Sha256 is null)
            return "is null, or has a member that is; give name, scope and sha256";
        if (KeyEntry.NameError(entry.Name) is not null)
            return $"has no good name: 1 to {KeyEntry.MaxNameLength} letters, digits, '.', '-' and '_'";
        if (ScopeOf(entry.Scope) == KeyScope.None)
            return "has a scope that is none of write, read and admin";
        if (KeyEntry.HashError(entry.Sha256) is { } wrong)
            return wrong;
        if (entry.EventTypes is not { } types)
            return null;
        if (ScopeOf(entry.Scope) != KeyScope.Write)
            return "has eventTypes, which only a write key may have";
        return types.Count is 0 or > MaxEventTypes || types.Any(string.IsNullOrEmpty) ? $"has {types.Count} eventTypes; give 1 to {MaxEventTypes}, none of them empty" : null;
    }

    private static KeyScope ScopeOf(string word) =>
        Enum.GetValues<KeyScope>().FirstOrDefault(scope => scope != KeyScope.None && scope.Word() == word);
}

/// <summary>A file of keys.</summary>
internal sealed record KeyFileContent(IReadOnlyList<KeyFileEntry> Keys);

/// <summary>One key of a file.</summary>
/// <param name="EventTypes">The only event types that a write key may send; all if it is missing.</param>
internal sealed record KeyFileEntry(string Name, string Scope, string Sha256, IReadOnlyList<string>? EventTypes = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(KeyFileContent))]
internal sealed partial class AccessJson : JsonSerializerContext;
