using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments.Groups;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>Makes the changes of one document inside the caller's transaction, which holds the lock of the plan.</summary>
internal sealed class DocumentApplication(NpgsqlConnection connection, DefinitionDocument document, ChangeMark mark, CancellationToken cancellationToken)
{
    private readonly List<ProblemError> _errors = [];
    private readonly List<SegmentChange> _segments = [];
    private readonly List<GroupChange> _groups = [];

    public async Task<DocumentOutcome> RunAsync(IReadOnlyList<DefinitionChange> changes, bool silent)
    {
        // Segments first: the groups name them.
        await ChangeSegmentsAsync([.. changes.Where(change => change.What == DefinitionPlan.Segment)]);
        await ChangeGroupsAsync([.. changes.Where(change => change.What == DefinitionPlan.Group)]);
        foreach (var change in changes.Where(change => change.What == DefinitionPlan.Rule))
            await ChangeRuleAsync(change);
        if (_errors.Count > 0)
            return new DocumentOutcome.Refused(_errors);
        if (_segments.Count == 0 && _groups.Count == 0)
            return new DocumentOutcome.Done(changes, null);
        return await BuildStore.RequestAsync(connection, mark.By, silent, _segments, _groups, mark.At, cancellationToken) switch
        {
            BuildRequest.Refused refused => new DocumentOutcome.Refused([.. refused.Problems.Select(problem => new ProblemError(Pointer(problem), problem.Detail))]),
            BuildRequest.Accepted accepted => new DocumentOutcome.Done(changes, accepted.BuildId),
            var request => throw new InvalidOperationException($"Unknown answer {request}."),
        };
    }

    private async Task ChangeSegmentsAsync(IReadOnlyList<DefinitionChange> changes)
    {
        var stored = await SegmentRowStore.FindAsync(connection, [.. changes.Select(change => change.Key)], cancellationToken);
        var archived = changes.Where(change => change.Action == DefinitionPlan.Archive).Select(change => stored[change.Key].Id).ToList();
        var touches = new SegmentWrites();
        touches.Touched.AddRange(archived);
        await SegmentRowStore.WriteAsync(connection, touches, mark, cancellationToken);
        _segments.AddRange(archived.Select(id => new SegmentChange(id, null)));

        var keys = changes.Where(change => change.Action != DefinitionPlan.Archive).Select(change => change.Key).ToHashSet(StringComparer.Ordinal);
        var written = (document.Segments ?? []).Index().Where(one => keys.Contains(one.Item.Key)).ToList();
        var outcomes = await SegmentStore.WriteAsync(
            connection, [.. written.Select(one => (stored.GetValueOrDefault(one.Item.Key), one.Item))], isDraft: false, mark, cancellationToken);
        foreach (var ((place, segment), (outcome, asked)) in written.Zip(outcomes))
        {
            if (Error(outcome, place, segment.Key) is { } error)
                _errors.Add(error);
            if (asked is not null)
                _segments.Add(asked);
        }
    }

    private static ProblemError? Error(SegmentOutcome outcome, int place, string key) => outcome switch
    {
        SegmentOutcome.OtherKind other => new($"/segments/{place}/kind", SegmentAnswers.OtherKind(key, other)),
        SegmentOutcome.TooManySegments => new($"/segments/{place}/key", SegmentAnswers.TooManySegments(key)),
        SegmentOutcome.TooManyVersions => new($"/segments/{place}/condition", SegmentAnswers.TooManyVersions(key)),
        _ => null,
    };

    private async Task ChangeGroupsAsync(IReadOnlyList<DefinitionChange> changes)
    {
        var written = (document.Groups ?? []).Index().ToDictionary(one => one.Item.Key, StringComparer.Ordinal);
        var wanted = changes.Select(change => change.Action == DefinitionPlan.Remove ? (Index: 0, Item: new WrittenGroup(change.Key, [])) : written[change.Key]).ToList();
        var ids = await GroupStore.IdsAsync(connection, [.. wanted.SelectMany(group => group.Item.Segments)], cancellationToken);
        foreach (var (place, group) in wanted)
        {
            var (asked, unknown) = GroupStore.Resolve(group.Key, group.Segments, ids);
            if (unknown is not null)
                _errors.Add(new($"/groups/{place}/segments/{unknown.Place}", $"There is no segment '{unknown.Key}'."));
            else
                _groups.Add(asked!);
        }
    }

    private async Task ChangeRuleAsync(DefinitionChange change)
    {
        if (change.Action == DefinitionPlan.Remove)
        {
            await MatchingRuleStore.RemoveAsync(connection, change.Key, cancellationToken);
            return;
        }

        var (place, written) = document.Rules!.Index().First(one => one.Item.EventType == change.Key);
        switch (await MatchingRuleStore.SetAsync(connection, change.Key, written.Rule, mark.At, cancellationToken))
        {
            case RuleOutcome.UnknownField unknown:
                _errors.Add(new($"/matchingRules/{place}/contactField", MatchingRuleEndpoints.UnknownField(written.Rule, unknown)));
                break;
            case RuleOutcome.Shared shared:
                _errors.Add(new($"/matchingRules/{place}/contactField", MatchingRuleEndpoints.Shared(written.Rule, shared)));
                break;
        }
    }

    // Of what is not in the document, as where it breaks what is there already, only the whole can be said.
    private string Pointer(WorldProblem problem) => problem switch
    {
        WorldProblem.UnknownSegment unknown => OfSegment(unknown.Segment),
        WorldProblem.Circle circle => OfSegment(circle.Path[0]),
        WorldProblem.UnknownInGroup unknown => OfGroup(unknown.Group),
        WorldProblem.InTwoGroups two => OfGroup(two.Other),
        WorldProblem.GroupTooLarge large => OfGroup(large.Group),
        _ => "",
    };

    private string OfSegment(string key) =>
        document.Segments?.Index().FirstOrDefault(one => one.Item.Key == key) is { Item: not null } found ? $"/segments/{found.Index}/condition" : "";

    private string OfGroup(string key) =>
        document.Groups?.Index().FirstOrDefault(one => one.Item.Key == key) is { Item: not null } found ? $"/groups/{found.Index}/segments" : "";
}
