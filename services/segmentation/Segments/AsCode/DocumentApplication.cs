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
        foreach (var change in changes.Where(change => change.What == DefinitionPlan.Segment))
            await ChangeSegmentAsync(change);
        foreach (var change in changes.Where(change => change.What == DefinitionPlan.Group))
            await ChangeGroupAsync(change);
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

    private async Task ChangeSegmentAsync(DefinitionChange change)
    {
        var stored = await SegmentRowStore.FindAsync(connection, change.Key, cancellationToken);
        if (change.Action == DefinitionPlan.Archive)
        {
            await SegmentRowStore.TouchAsync(connection, stored!.Id, mark, cancellationToken);
            _segments.Add(new(stored.Id, null));
            return;
        }

        var (place, segment) = document.Segments!.Index().First(one => one.Item.Key == change.Key);
        var (outcome, asked) = await SegmentStore.WriteAsync(connection, stored, segment, isDraft: false, mark, cancellationToken);
        if (outcome is SegmentOutcome.OtherKind other)
            _errors.Add(new($"/segments/{place}/kind", SegmentAnswers.OtherKind(change.Key, other)));
        if (asked is not null)
            _segments.Add(asked);
    }

    private async Task ChangeGroupAsync(DefinitionChange change)
    {
        var (place, group) = document.Groups!.Index().FirstOrDefault(one => one.Item.Key == change.Key);
        var (asked, unknown) = await GroupStore.ResolveAsync(
            connection, change.Key, change.Action == DefinitionPlan.Remove ? [] : group!.Segments, cancellationToken);
        if (unknown is not null)
            _errors.Add(new($"/groups/{place}/segments/{unknown.Place}", $"There is no segment '{unknown.Key}'."));
        else
            _groups.Add(asked!);
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
