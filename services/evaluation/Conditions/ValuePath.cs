using System.Text;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>
/// The name of a parameter or field, dots reaching into objects and arrays. A key that itself contains dots is
/// tried before the name is read as a path, the longest first. JSON null is missing everywhere.
/// </summary>
public sealed class ValuePath
{
    private readonly (byte[] Key, ValuePath? Remaining)[] _ways;

    internal ValuePath(string text)
    {
        Text = text;
        var ways = new List<(byte[], ValuePath?)> { (Encoding.UTF8.GetBytes(text), null) };
        for (var dot = text.LastIndexOf('.'); dot > 0; dot = text.LastIndexOf('.', dot - 1))
            if (dot < text.Length - 1)
                ways.Add((Encoding.UTF8.GetBytes(text[..dot]), new ValuePath(text[(dot + 1)..])));
        _ways = [.. ways];
    }

    /// <summary>What a single value is asked.</summary>
    internal delegate bool ValueTest<TState>(JsonElement value, TState state);

    /// <summary>The name as it was written.</summary>
    public string Text { get; }

    /// <inheritdoc />
    public override string ToString() => Text;

    /// <summary>Whether a key of this name could be the first on the way.</summary>
    internal bool MayBeginWith(string key) =>
        Text.StartsWith(key, StringComparison.Ordinal) && (Text.Length == key.Length || Text[key.Length] == '.');

    /// <summary>Whether there is any value but null; empty text, lists and objects are values.</summary>
    internal bool Exists(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in root.EnumerateArray())
                if (Exists(element))
                    return true;
            return false;
        }

        return Find(root, out _, out _);
    }

    /// <summary>
    /// Whether some single value passes the test. Lists, also lists in lists, are as many values as they have elements.
    /// </summary>
    internal bool Some<TState>(JsonElement root, TState state, ValueTest<TState> test)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in root.EnumerateArray())
                if (Some(element, state, test))
                    return true;
            return false;
        }

        return Find(root, out var found, out var rest)
            && (rest is null ? SomeOf(found, state, test) : rest.Some(found, state, test));
    }

    /// <summary>Follows the first key that leads to a value; the rest is what remains of the path below it.</summary>
    private bool Find(JsonElement root, out JsonElement found, out ValuePath? rest)
    {
        if (root.ValueKind == JsonValueKind.Object)
            foreach (var (key, remaining) in _ways)
                if (root.TryGetProperty(key, out found) && found.ValueKind != JsonValueKind.Null && (remaining is null || remaining.Exists(found)))
                {
                    rest = remaining;
                    return true;
                }

        found = default;
        rest = null;
        return false;
    }

    private static bool SomeOf<TState>(JsonElement value, TState state, ValueTest<TState> test)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return value.ValueKind != JsonValueKind.Null && test(value, state);
        foreach (var element in value.EnumerateArray())
            if (SomeOf(element, state, test))
                return true;
        return false;
    }
}
