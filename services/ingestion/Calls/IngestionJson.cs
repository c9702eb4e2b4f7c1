using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>The JSON of the answers.</summary>
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class IngestionJson : JsonSerializerContext
{
    /// <summary>The options in use: characters that HTML would mind are not escaped, since these are no HTML pages and people read them.</summary>
    public static IngestionJson Answers { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
