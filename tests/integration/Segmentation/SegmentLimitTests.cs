using System.Text.Json;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Segments.AsCode;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>How many segments, and versions of one, are kept: keys and numbers are never given back.</summary>
public sealed class SegmentLimitTests : IAsyncLifetime
{
    private MergeWorld _world = null!;
    private SegmentStore _segments = null!;

    public async Task InitializeAsync()
    {
        _world = await MergeWorld.CreateAsync();
        _segments = new(_world.Source);
        await _world.SegmentAsync("first", Days(1));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_segment_more_than_may_be_kept_is_refused_and_those_there_are_can_be_changed()
    {
        await _world.ExecuteAsync($"""
            insert into segmentation.segments (key, name, archived, created, created_by, changed, changed_by)
            select 'old-' || n, 'Old', now(), now(), 'test', now(), 'test' from generate_series(1, {WrittenSegment.MaxSegments - 2}) n
            """);
        (await CreateAsync("last", isDraft: true)).Should().BeOfType<SegmentOutcome.Done>();

        (await CreateAsync("more", isDraft: true)).Should().BeOfType<SegmentOutcome.TooManySegments>();
        (await ApplyAsync("first", "more")).Should().BeOfType<DocumentOutcome.Refused>().Which.Errors.Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Pointer = "/segments/1/key", Detail = SegmentAnswers.TooManySegments("more") });
        (await EditAsync("first", Days(2))).Should().BeOfType<SegmentOutcome.Done>();
        (await _world.ScalarAsync<long>("select count(*) from segmentation.segments")).Should().Be(WrittenSegment.MaxSegments);
    }

    [Fact]
    public async Task A_version_more_than_a_segment_may_have_is_refused_and_it_can_be_renamed_and_archived()
    {
        await _world.ExecuteAsync($"""
            insert into segmentation.segment_versions (segment_id, version, condition, time_zone, created, created_by, state)
            select id, n, '{Days(3)}', 'UTC', now(), 'test', 'cancelled' from segmentation.segments, generate_series(2, {VersionText.MaxVersions - 1}) n
            """);
        (await EditAsync("first", Days(4), isDraft: true)).Should().BeOfType<SegmentOutcome.Done>();
        (await _segments.PublishAsync("first", silent: false, IfMatch.Any, Mark, CancellationToken.None)).Should().BeOfType<SegmentOutcome.Done>("the draft is the last version itself");

        (await EditAsync("first", Days(5))).Should().BeOfType<SegmentOutcome.TooManyVersions>();
        (await EditAsync("first", Days(5), isDraft: true)).Should().BeOfType<SegmentOutcome.TooManyVersions>();
        (await ApplyAsync("first")).Should().BeOfType<DocumentOutcome.Refused>().Which.Errors.Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Pointer = "/segments/0/condition", Detail = SegmentAnswers.TooManyVersions("first") });
        (await EditAsync("first", Days(4), name: "Renamed")).Should().BeOfType<SegmentOutcome.Done>();
        (await _segments.ArchiveAsync("first", silent: false, IfMatch.Any, Mark, CancellationToken.None)).Should().BeOfType<SegmentOutcome.Done>();
        await _world.ProjectAsync();
        (await _segments.PublishAsync("first", silent: false, IfMatch.Any, Mark, CancellationToken.None)).Should().BeOfType<SegmentOutcome.TooManyVersions>();
    }

    private ChangeMark Mark => new("test", _world.Time.Now);

    private static string Days(int days) => $$"""{"event":"Seen","period":"last {{days}} days"}""";

    private Task<SegmentOutcome> CreateAsync(string key, bool isDraft) =>
        _segments.CreateAsync(Request(key, Days(1), isDraft, key), Mark, CancellationToken.None);

    private Task<SegmentOutcome> EditAsync(string key, string condition, bool isDraft = false, string? name = null) =>
        _segments.EditAsync(Request(key, condition, isDraft, name ?? key), IfMatch.Any, Mark, CancellationToken.None);

    private static SegmentRequest Request(string key, string condition, bool isDraft, string name)
    {
        var (request, errors) = SegmentRequest.Parse(
            JsonSerializer.SerializeToElement(new { key, name, draft = isDraft, condition = JsonElement.Parse(condition) }), address: null);
        errors.Should().BeEmpty();
        return request!;
    }

    private async Task<DocumentOutcome> ApplyAsync(params string[] keys)
    {
        var (document, errors) = DefinitionDocument.Parse(JsonSerializer.SerializeToElement(new { segments = keys.Select(key => new { key, name = key, condition = JsonElement.Parse(Days(9)) }) }));
        errors.Should().BeEmpty();
        return await new DefinitionStore(_world.Source).ApplyAsync(document!, prune: false, silent: false, onlyTry: false, IfMatch.Any, Mark, CancellationToken.None);
    }
}
