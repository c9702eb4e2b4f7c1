using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Contracts;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>The plain JSON form of a transition.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SegmentTransition))]
internal sealed partial class TransitionJson : JsonSerializerContext;
