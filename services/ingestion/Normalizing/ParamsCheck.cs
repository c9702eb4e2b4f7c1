using System.Text.Json;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>
/// Finds the first thing in a JSON value that could not be stored, or that two readers would understand
/// differently: U+0000, half surrogate pairs, endless numbers, deep nesting, a member given twice.
/// </summary>
internal static class ParamsCheck
{
    /// <summary>Null if the value can be kept; the pointer of the error begins at <paramref name="pointer"/>.</summary>
    /// <param name="value">Any JSON value.</param>
    /// <param name="pointer">Where the value stands in the body.</param>
    /// <param name="depth">How many objects and arrays stand around the value, counted from the params.</param>
    public static FieldError? FirstFault(JsonElement value, string pointer, int depth)
    {
        // The path is put together while a fault travels up, so that good events pay nothing for it.
        var path = "";
        return Fault(value, depth, ref path) is { } detail
            ? new FieldError(pointer + path, detail) { Reason = RefusalReason.Params }
            : null;
    }

    private static string? Fault(JsonElement value, int depth, ref string path) => value.ValueKind switch
    {
        JsonValueKind.String => RawJson.TextFault(RawJson.Of(value)),
        JsonValueKind.Number => NumberFault(value),
        JsonValueKind.Object => depth == IntakeLimits.ParamsDepth ? TooDeep : ObjectFault(value, depth + 1, ref path),
        JsonValueKind.Array => depth == IntakeLimits.ParamsDepth ? TooDeep : ArrayFault(value, depth + 1, ref path),
        _ => null,
    };

    private static readonly string TooDeep = $"may be nested {IntakeLimits.ParamsDepth} levels deep; this is level {IntakeLimits.ParamsDepth + 1}";

    private static string? NumberFault(JsonElement value)
    {
        var digits = RawJson.WrittenDigits(RawJson.Of(value));
        return digits <= IntakeLimits.NumberDigits
            ? null
            : $"a number may have {IntakeLimits.NumberDigits} digits when written without exponent; this has {(digits > int.MaxValue ? "far more" : digits)}";
    }

    private static string? ObjectFault(JsonElement value, int depth, ref string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            var fault = RawJson.TextFault(RawJson.NameOf(member)) is { } nameFault ? $"the name {nameFault}"
                : !names.Add(member.Name) ? "is given twice"
                : Fault(member.Value, depth, ref path);
            if (fault is null)
                continue;
            path = JsonPointer.Member(RawJson.PrintableName(member)) + path;
            return fault;
        }

        return null;
    }

    private static string? ArrayFault(JsonElement value, int depth, ref string path)
    {
        var index = 0;
        foreach (var element in value.EnumerateArray())
        {
            if (Fault(element, depth, ref path) is { } fault)
            {
                path = JsonPointer.Element(index) + path;
                return fault;
            }

            index++;
        }

        return null;
    }
}
