using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.History;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Segments.AsCode;
using EventSegmentation.Segmentation.Segments.Groups;
using EventSegmentation.Segmentation.Segments.Lists;

namespace EventSegmentation.Segmentation.Http;

/// <summary>The JSON of the API.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(EventTypeList))]
[JsonSerializable(typeof(EventTypeView))]
[JsonSerializable(typeof(MatchingRule))]
[JsonSerializable(typeof(RematchAnswer))]
[JsonSerializable(typeof(ContactField))]
[JsonSerializable(typeof(Page<ContactField>))]
[JsonSerializable(typeof(ConflictView))]
[JsonSerializable(typeof(Contracts.ContactIdentifier))]
[JsonSerializable(typeof(ContactCard))]
[JsonSerializable(typeof(Page<ContactCard>))]
[JsonSerializable(typeof(Page<ContactEventView>))]
[JsonSerializable(typeof(Page<SegmentMembership>))]
[JsonSerializable(typeof(Page<TransitionView>))]
[JsonSerializable(typeof(SegmentView))]
[JsonSerializable(typeof(Page<SegmentView>))]
[JsonSerializable(typeof(SegmentBuildView))]
[JsonSerializable(typeof(Page<VersionView>))]
[JsonSerializable(typeof(Page<SegmentMember>))]
[JsonSerializable(typeof(GroupView))]
[JsonSerializable(typeof(Page<GroupView>))]
[JsonSerializable(typeof(BuildView))]
[JsonSerializable(typeof(Page<BuildView>))]
[JsonSerializable(typeof(DocumentView))]
[JsonSerializable(typeof(DocumentAnswer))]
[JsonSerializable(typeof(ListAnswer))]
[JsonSerializable(typeof(ListImport))]
[JsonSerializable(typeof(Page<ListImport>))]
[JsonSerializable(typeof(List<ListImportRefusal>))]
[JsonSerializable(typeof(ExplanationView))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(DryRunView))]
[JsonSerializable(typeof(GrowthView))]
[JsonSerializable(typeof(AuditView))]
[JsonSerializable(typeof(OverlapView))]
[JsonSerializable(typeof(Page<HistoryEvent>))]
[JsonSerializable(typeof(HistoryDetail))]
[JsonSerializable(typeof(Page<SetAsideMessage>))]
[JsonSerializable(typeof(ResendAnswer))]
[JsonSerializable(typeof(IReadOnlyList<RefusalDetail>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>The options in use: characters that HTML would mind are not escaped, since these are no HTML pages and people read them.</summary>
    public static ApiJson Answers { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
