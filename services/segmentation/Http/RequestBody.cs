using System.Text.Json;

namespace EventSegmentation.Segmentation.Http;

/// <summary>Reads the JSON body of a call, after the key was checked, and refuses what could not be stored.</summary>
internal static class RequestBody
{
    /// <summary>The largest body that a call may have, in bytes.</summary>
    public const long MaxBytes = 1_000_000;

    /// <summary>How deep a body may be nested.</summary>
    public const int MaxDepth = 64;

    private const string OnlyText = "A text has neither U+0000 nor half a surrogate pair.";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>The body, or the answer that says what is wrong with it and where.</summary>
    public static async Task<(JsonElement Body, IResult? Problem)> ReadAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            return (default, Problems.Of(
                StatusCodes.Status415UnsupportedMediaType, "Not JSON", "Send the body with content-type: application/json."));
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Strict, request.HttpContext.RequestAborted);
            return Unstorable(document.RootElement, "") is { } pointer
                ? (default, Problems.BadRequest(pointer, OnlyText))
                : (document.RootElement.Clone(), null);
        }
        catch (JsonException exception)
        {
            return (default, Problems.BadRequest("", $"The body is not JSON, or has a member twice, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."));
        }
        catch (InvalidOperationException)
        {
            // How the reader says, while it looks for members that are given twice, that a name is half a surrogate pair.
            return (default, Problems.BadRequest("", OnlyText));
        }
    }

    /// <summary>True if a text can be stored: it has neither U+0000 nor half a surrogate pair.</summary>
    public static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i]))
                return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i])))
                return false;
        }

        return true;
    }

    private static string? Unstorable(JsonElement element, string pointer) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .Select(member => IsStorable(member.Name) ? Unstorable(member.Value, $"{pointer}/{member.Name}") : pointer)
            .FirstOrDefault(found => found is not null),
        JsonValueKind.Array => element.EnumerateArray()
            .Select((item, place) => Unstorable(item, $"{pointer}/{place}"))
            .FirstOrDefault(found => found is not null),
        JsonValueKind.String => IsStorable(element) ? null : pointer,
        _ => null,
    };

    private static bool IsStorable(JsonElement text)
    {
        try
        {
            return IsStorable(text.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // How the reader says that an escape is half a surrogate pair.
            return false;
        }
    }
}
