using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Http;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Changes segments: each change is one transaction that leaves to a build what must be built for it.</summary>
internal sealed class SegmentStore(NpgsqlDataSource database)
{
    /// <summary>Adds a segment, or revives an archived one under its key.</summary>
    public Task<SegmentOutcome> CreateAsync(SegmentRequest request, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        request.Segment.Key,
        request.IsSilent,
        mark,
        async (connection, stored) => stored is { IsArchived: false }
            ? (new SegmentOutcome.KeyTaken(), null)
            : await WriteAsync(connection, stored, request.Segment, request.IsDraft, mark, cancellationToken),
        cancellationToken);

    /// <summary>Writes a segment anew, an archived one too, which is revived by it.</summary>
    public Task<SegmentOutcome> EditAsync(SegmentRequest request, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        request.Segment.Key,
        request.IsSilent,
        mark,
        async (connection, stored) => Refusal(stored, match) is { } refusal
            ? (refusal, null)
            : await WriteAsync(connection, stored, request.Segment, request.IsDraft, mark, cancellationToken),
        cancellationToken);

    /// <summary>Builds the draft of a segment, or revives an archived one with what it said last.</summary>
    public Task<SegmentOutcome> PublishAsync(string key, bool silent, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        key,
        silent,
        mark,
        async (connection, stored) =>
        {
            if (Refusal(stored, match) is { } refusal)
                return (refusal, null);
            var version = stored! switch
            {
                { Standing.Draft: { } draft } => await SegmentRowStore.PublishedAsync(connection, stored!.Id, draft, mark, cancellationToken),
                { Last: { } last } => await SegmentRowStore.AddVersionAsync(connection, stored!.Id, last.Text, isDraft: false, mark, cancellationToken),
                _ => (long?)null,
            };
            if (version is null)
                return (new SegmentOutcome.NothingToPublish(), null);
            await SegmentRowStore.TouchAsync(connection, stored!.Id, mark, cancellationToken);
            return (new SegmentOutcome.Done(), new(stored.Id, version));
        },
        cancellationToken);

    /// <summary>Drops the draft of a segment that has another version; one that is nothing but a draft is archived instead.</summary>
    public Task<SegmentOutcome> DropDraftAsync(string key, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        key,
        silent: false,
        mark,
        async (connection, stored) =>
        {
            if (Refusal(stored, match) is { } refusal)
                return (refusal, null);
            if (stored!.Standing is not { Draft: not null, Serving: not null })
                return (new SegmentOutcome.NothingToPublish(), null);
            await SegmentRowStore.EndDraftAsync(connection, stored.Id, cancellationToken);
            await SegmentRowStore.TouchAsync(connection, stored.Id, mark, cancellationToken);
            return (new SegmentOutcome.Done(), null);
        },
        cancellationToken);

    /// <summary>Archives a segment: its members leave. One that is archived stays so.</summary>
    public Task<SegmentOutcome> ArchiveAsync(string key, bool silent, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        key,
        silent,
        mark,
        async (connection, stored) =>
        {
            if (Refusal(stored, match) is { } refusal)
                return (refusal, null);
            if (stored!.IsArchived)
                return (new SegmentOutcome.Done(), null);
            await SegmentRowStore.TouchAsync(connection, stored.Id, mark, cancellationToken);
            return (new SegmentOutcome.Done(), new(stored.Id, null));
        },
        cancellationToken);

    /// <summary>
    /// Writes a segment inside the caller's transaction, which holds the lock of the plan: adds it, revives it, or makes of
    /// what is there what is written. The change, if there is one, is the caller's to ask for.
    /// </summary>
    public static async Task<(SegmentOutcome Outcome, SegmentChange? Change)> WriteAsync(
        NpgsqlConnection connection, StoredSegment? stored, WrittenSegment segment, bool isDraft, ChangeMark mark, CancellationToken cancellationToken)
    {
        if (stored is not null && stored.IsStatic != segment.IsStatic)
            return (new SegmentOutcome.OtherKind(stored.IsStatic), null);
        var id = stored?.Id ?? await SegmentRowStore.AddAsync(connection, segment, mark, cancellationToken);
        var (step, endsDraft) = SegmentEdit.Decide(stored?.Standing ?? SegmentStanding.None, segment.Text, isDraft);
        if (endsDraft)
            await SegmentRowStore.EndDraftAsync(connection, id, cancellationToken);
        long? version = step switch
        {
            VersionStep.Build or VersionStep.Keep => await SegmentRowStore.AddVersionAsync(connection, id, segment.Text, step is VersionStep.Keep, mark, cancellationToken),
            VersionStep.BuildDraft draft => await SegmentRowStore.PublishedAsync(connection, id, draft.Version, mark, cancellationToken),
            _ => null,
        };
        if (stored is not null && (version is not null || (endsDraft && stored.Standing.Draft is not null) || !IsDescribedSo(stored, segment)))
            await SegmentRowStore.DescribeAsync(connection, id, segment, mark, cancellationToken);
        return (new SegmentOutcome.Done(), version is { } next && step is not VersionStep.Keep ? new(id, next) : null);
    }

    /// <summary>The id of a segment, archived or not; null if there never was one of the key.</summary>
    public async Task<long?> IdAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id from segmentation.segments where key = $1");
        command.Parameters.Add(new() { Value = key });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>True if there is or was a static segment of the key; a segment's kind never changes.</summary>
    public async Task<bool> IsStaticAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select exists (select from segmentation.segments where key = $1 and is_static)");
        command.Parameters.Add(new() { Value = key });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Members after a contact, in the order of contact ids.</summary>
    public async Task<List<SegmentMember>> MembersAsync(long segment, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select m.contact_id, m.since from segmentation.editions e
            join segmentation.memberships m on m.edition_id = e.id
            where e.segment_id = $1 and e.state in ('live', 'retiring') and m.contact_id > $2 order by m.contact_id limit $3
            """);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await SegmentMember.ReadAsync(command, cancellationToken);
    }

    private static bool IsDescribedSo(StoredSegment stored, WrittenSegment segment) =>
        !stored.IsArchived && stored.Name == segment.Name && stored.Purpose == segment.Purpose && stored.Tags.SequenceEqual(segment.Tags, StringComparer.Ordinal);

    private static SegmentOutcome? Refusal(StoredSegment? stored, IfMatch match) =>
        stored is null ? new SegmentOutcome.Unknown()
        : match.Allows(stored.Revision) ? null
        : new SegmentOutcome.Changed(stored.Revision);

    // Nothing of a change that is refused stays: the transaction ends without a commit.
    private async Task<SegmentOutcome> ChangeAsync(
        string key, bool silent, ChangeMark mark, Func<NpgsqlConnection, StoredSegment?, Task<(SegmentOutcome Outcome, SegmentChange? Change)>> change,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await BuildStore.TakePlanAsync(connection, cancellationToken);
        var (outcome, asked) = await change(connection, await SegmentRowStore.FindAsync(connection, key, cancellationToken));
        if (outcome is not SegmentOutcome.Done)
            return outcome;
        if (asked is not null
            && await BuildStore.RequestAsync(connection, mark.By, silent, [asked], [], mark.At, cancellationToken) is BuildRequest.Refused refused)
            return new SegmentOutcome.Refused(refused.Problems);
        outcome = new SegmentOutcome.Done(await SegmentRowStore.RevisionAsync(connection, key, cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }
}
