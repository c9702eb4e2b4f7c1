using System.Net;
using System.Text.Json;
using EventSegmentation.Sample.Segments;

namespace EventSegmentation.Sample.Services;

/// <summary>What became of a segment that was to be created.</summary>
internal enum SegmentCreation
{
    /// <summary>It is new.</summary>
    Created,

    /// <summary>It was there already, with the same condition.</summary>
    Existed,

    /// <summary>There is one with the key and another condition. It stays as it is.</summary>
    Differs,
}

/// <summary>Switches event types, creates segments, and reads segments and contacts.</summary>
internal sealed class SegmentationClient(ServiceClient service, string readKey, string adminKey)
{
    private const int PageSize = 1_000;

    /// <summary>Has the events of a type count from now on, and past ones that are imported.</summary>
    public async Task SwitchOnAsync(string eventType, CancellationToken cancellationToken)
    {
        var path = $"api/event-types/{eventType}/segmentation";
        var body = JsonSerializer.SerializeToUtf8Bytes(new(On: true), SampleJson.Default.SwitchRequest);
        var answer = await service.SendAsync(HttpMethod.Put, path, adminKey, body, cancellationToken);
        if (!answer.IsGood)
            throw service.Unexpected(answer, $"PUT {path}");
    }

    public async Task<SegmentCreation> CreateAsync(SampleSegment segment, CancellationToken cancellationToken)
    {
        var condition = JsonElement.Parse(segment.Condition);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new(segment.Key, segment.Name, segment.Purpose, [SampleSegment.Tag], condition), SampleJson.Default.SegmentRequest);
        var answer = await service.SendAsync(HttpMethod.Post, "api/segments", adminKey, body, cancellationToken);
        if (answer.IsGood)
            return SegmentCreation.Created;
        if (answer.Status != HttpStatusCode.Conflict)
            throw service.Unexpected(answer, $"POST api/segments ({segment.Key})");
        var existing = await SegmentAsync(segment.Key, cancellationToken);
        return JsonElement.DeepEquals(existing.Condition, condition) ? SegmentCreation.Existed : SegmentCreation.Differs;
    }

    public Task<SegmentAnswer> SegmentAsync(string key, CancellationToken cancellationToken) =>
        service.GetAsync($"api/segments/{key}", readKey, SampleJson.Default.SegmentAnswer, cancellationToken);

    /// <summary>The ids of all members. More than one page is read one after the other, so it is a snapshot only below 1,000.</summary>
    public async Task<IReadOnlyList<string>> MembersAsync(string key, CancellationToken cancellationToken)
    {
        var members = new List<string>();
        string? cursor = null;
        do
        {
            var path = $"api/segments/{key}/members?limit={PageSize}" + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}");
            var page = await service.GetAsync(path, readKey, SampleJson.Default.PageAnswerMemberAnswer, cancellationToken);
            members.AddRange(page.Items.Select(member => member.ContactId));
            cursor = page.Next;
        }
        while (cursor is not null);

        return members;
    }

    /// <summary>How many events are kept, of all types that are used for segmentation.</summary>
    public async Task<long> EventsKeptAsync(IEnumerable<string> eventTypes, CancellationToken cancellationToken)
    {
        var kept = 0L;
        foreach (var type in eventTypes)
            kept += (await service.GetAsync($"api/event-types/{type}", readKey, SampleJson.Default.EventTypeAnswer, cancellationToken)).Events;
        return kept;
    }

    public Task<CardAnswer> CardAsync(string contactId, CancellationToken cancellationToken) =>
        service.GetAsync($"api/contacts/{Uri.EscapeDataString(contactId)}", readKey, SampleJson.Default.CardAnswer, cancellationToken);

    /// <summary>The card of the contact with the identifier, such as <c>email:ada@example.com</c>; null if there is none.</summary>
    public async Task<CardAnswer?> FindCardAsync(string identifier, CancellationToken cancellationToken)
    {
        var page = await service.GetAsync(
            $"api/contacts?identifier={Uri.EscapeDataString(identifier)}", readKey, SampleJson.Default.PageAnswerCardAnswer, cancellationToken);
        return page.Items is [var card, ..] ? card : null;
    }
}
