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
            : (await WriteAsync(connection, [(stored, request.Segment)], request.IsDraft, mark, cancellationToken))[0],
        cancellationToken);

    /// <summary>Writes a segment anew, an archived one too, which is revived by it.</summary>
    public Task<SegmentOutcome> EditAsync(SegmentRequest request, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        request.Segment.Key,
        request.IsSilent,
        mark,
        async (connection, stored) => Refusal(stored, match) is { } refusal
            ? (refusal, null)
            : (await WriteAsync(connection, [(stored, request.Segment)], request.IsDraft, mark, cancellationToken))[0],
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
            var writes = new SegmentWrites { Touched = { stored!.Id } };
            if (stored is not ({ Standing.Draft: not null } or { Last: not null }))
                return (new SegmentOutcome.NothingToPublish(), null);
            var published = stored.Standing.Draft is { } draft ? Publish(stored, draft, writes) : null;
            if (published is null)
            {
                if (stored.Standing.Draft is null)
                    writes.Versions.Add(new(key, stored.Last!.Text, IsDraft: false));
                if (stored.Versions >= VersionText.MaxVersions)
                    return (new SegmentOutcome.TooManyVersions(), null);
            }

            var written = await SegmentRowStore.WriteAsync(connection, writes, mark, cancellationToken);
            return (new SegmentOutcome.Done(), new(stored.Id, published ?? written.Versions[key]));
        },
        cancellationToken);

    /// <summary>Ends the suspension of a segment: the version that serves is built anew from the streams.</summary>
    public Task<SegmentOutcome> ResumeAsync(string key, bool silent, IfMatch match, ChangeMark mark, CancellationToken cancellationToken) => ChangeAsync(
        key,
        silent,
        mark,
        async (connection, stored) =>
        {
            if (Refusal(stored, match) is { } refusal)
                return (refusal, null);
            if (await SegmentRowStore.SuspendedVersionAsync(connection, stored!.Id, cancellationToken) is not { } version)
                return (new SegmentOutcome.NotSuspended(), null);
            if (stored.Standing.Serving is { Text: { Condition: not null, Definition: null } })
                return (new SegmentOutcome.NotUnderstood(), null);
            await SegmentRowStore.WriteAsync(connection, new() { Touched = { stored.Id } }, mark, cancellationToken);
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
            await SegmentRowStore.WriteAsync(connection, new() { Touched = { stored.Id }, EndedDrafts = { stored.Id } }, mark, cancellationToken);
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
            await SegmentRowStore.WriteAsync(connection, new() { Touched = { stored.Id } }, mark, cancellationToken);
            return (new SegmentOutcome.Done(), new(stored.Id, null));
        },
        cancellationToken);

    /// <summary>
    /// Writes segments inside the caller's transaction, which holds the lock of the plan: adds them, revives them, or makes of
    /// what is there what is written. The changes are the caller's to ask for; if any is refused, the transaction is to be
    /// rolled back.
    /// </summary>
    /// <param name="wanted">Each with what is stored under its key, no key twice.</param>
    /// <returns>What became of each, in the same order, with the change that it needs, if any.</returns>
    public static async Task<IReadOnlyList<(SegmentOutcome Outcome, SegmentChange? Change)>> WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<(StoredSegment? Stored, WrittenSegment Segment)> wanted, bool isDraft, ChangeMark mark,
        CancellationToken cancellationToken)
    {
        var places = wanted.Any(one => one.Stored is null)
            ? WrittenSegment.MaxSegments - await SegmentRowStore.CountAsync(connection, cancellationToken)
            : 0;
        var writes = new SegmentWrites();
        var steps = wanted.Select(one => Step(one.Stored, one.Segment, isDraft, ref places, writes)).ToList();
        var ids = await SegmentRowStore.WriteAsync(connection, writes, mark, cancellationToken);
        return
        [
            .. wanted.Zip(steps, (one, step) => (step.Outcome, Id: one.Stored?.Id ?? ids.Segments.GetValueOrDefault(one.Segment.Key), Version: step switch
            {
                { Published: { } draft } => draft,
                { IsBuilt: true } => ids.Versions[one.Segment.Key],
                _ => (long?)null,
            })).Select(one => (one.Outcome, one.Version is { } version ? new SegmentChange(one.Id, version) : null)),
        ];
    }

    /// <summary>What is written for one segment; what serves next is the draft that is published, or the new version if one is built.</summary>
    private static (SegmentOutcome Outcome, long? Published, bool IsBuilt) Step(
        StoredSegment? stored, WrittenSegment segment, bool isDraft, ref int places, SegmentWrites writes)
    {
        if (stored is not null && stored.IsStatic != segment.IsStatic)
            return (new SegmentOutcome.OtherKind(stored.IsStatic), null, false);
        if (stored is null && --places < 0)
            return (new SegmentOutcome.TooManySegments(), null, false);
        var (step, endsDraft) = SegmentEdit.Decide(stored?.Standing ?? SegmentStanding.None, segment.Text, isDraft);
        var published = step is VersionStep.BuildDraft draft ? Publish(stored!, draft.Version, writes) : null;
        if (step is VersionStep.Build or VersionStep.Keep)
            writes.Versions.Add(new(segment.Key, segment.Text, step is VersionStep.Keep));
        var isNew = step is VersionStep.Build or VersionStep.Keep || (step is VersionStep.BuildDraft && published is null);
        if (isNew && stored?.Versions >= VersionText.MaxVersions)
            return (new SegmentOutcome.TooManyVersions(), null, false);
        if (stored is null)
            writes.Added.Add(segment);
        else if (endsDraft)
            writes.EndedDrafts.Add(stored.Id);
        if (stored is not null && (step is not VersionStep.Nothing || (endsDraft && stored.Standing.Draft is not null) || !IsDescribedSo(stored, segment)))
            writes.Described.Add((stored.Id, segment));
        return (new SegmentOutcome.Done(), published, isNew && step is not VersionStep.Keep);
    }

    /// <summary>
    /// The version by which a draft comes to serve: itself if nothing newer was written. Otherwise null, and the next one is
    /// written with its text, so that the versions of a segment serve in the order of their numbers.
    /// </summary>
    private static long? Publish(StoredSegment stored, StandingVersion draft, SegmentWrites writes)
    {
        if (draft.Id == stored.Newest)
            return draft.Id;
        writes.EndedDrafts.Add(stored.Id);
        writes.Versions.Add(new(stored.Key, draft.Text, IsDraft: false));
        return null;
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
