using System.Text;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>An answer, read to its end.</summary>
/// <param name="Headers">By their names in small letters; of several of one name the last.</param>
internal sealed record FuzzAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? ContentType => Headers.GetValueOrDefault("content-type")?.Split(';')[0];

    /// <summary>The body.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>False if the connection ends with this answer.</summary>
    public bool IsKept => !string.Equals(Headers.GetValueOrDefault("connection"), "close", StringComparison.OrdinalIgnoreCase);
}
