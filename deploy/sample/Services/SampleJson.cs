using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSegmentation.Contracts;

namespace EventSegmentation.Sample.Services;

/// <summary>The JSON that the sample sends and reads. Members that it does not know are left alone.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmittedEvent))]
[JsonSerializable(typeof(SubmitEvents))]
[JsonSerializable(typeof(SegmentTransition))]
[JsonSerializable(typeof(SwitchRequest))]
[JsonSerializable(typeof(SegmentRequest))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(EventTypeAnswer))]
[JsonSerializable(typeof(SegmentAnswer))]
[JsonSerializable(typeof(PageAnswer<MemberAnswer>))]
[JsonSerializable(typeof(CardAnswer))]
[JsonSerializable(typeof(PageAnswer<CardAnswer>))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class SampleJson : JsonSerializerContext;
