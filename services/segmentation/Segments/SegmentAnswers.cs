using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Says what became of a change of a segment.</summary>
internal static class SegmentAnswers
{
    public static IResult Unknown(string key) => Problems.NotFound($"There is no segment '{key}'. GET /api/segments lists them.");

    /// <summary>Why a change was not made.</summary>
    /// <param name="written">True if the call brought a definition, in which what is wrong then stands.</param>
    public static IResult Refusal(string key, SegmentOutcome outcome, bool written) => outcome switch
    {
        SegmentOutcome.Unknown => Unknown(key),
        SegmentOutcome.KeyTaken => Problems.Conflict("Key taken", $"There is a segment '{key}' already. Choose another key, or change that one: PUT /api/segments/{key}."),
        SegmentOutcome.Changed changed => IfMatch.Failed($"The segment '{key}'", changed.Revision),
        SegmentOutcome.OtherKind other => Problems.Refused([new("/kind", OtherKind(key, other))]),
        SegmentOutcome.TooManySegments => Problems.Refused([new("/key", TooManySegments(key))]),
        SegmentOutcome.TooManyVersions => Problems.Refused([new(written ? "/condition" : "", TooManyVersions(key))]),
        SegmentOutcome.NothingToPublish => Problems.Conflict("No draft", $"The segment '{key}' has no draft. PUT /api/segments/{key} with \"draft\": true makes one."),
        SegmentOutcome.NotSuspended => Problems.Conflict("Not suspended", $"The segment '{key}' is not suspended, or a build that ends its suspension is on its way. GET /api/segments/{key} says which."),
        SegmentOutcome.NotUnderstood => Problems.Conflict("Not understood", $"What is stored of the segment '{key}' is not understood; GET /api/segments/{key} has the reason. Write it anew: PUT /api/segments/{key}."),
        SegmentOutcome.Refused refused when written && refused.Problems.All(IsOfDefinition) =>
            Problems.Refused([.. refused.Problems.Select(problem => new ProblemError("/condition", problem.Detail))]),
        SegmentOutcome.Refused refused => Problems.Conflict("Cannot serve", string.Join(" ", refused.Problems.Select(problem => problem.Detail))),
        _ => throw new InvalidOperationException($"{outcome} is no refusal."),
    };

    /// <summary>Why a segment was not archived.</summary>
    public static IResult ArchiveRefusal(string key, SegmentOutcome outcome)
    {
        if (outcome is not SegmentOutcome.Refused refused)
            return Refusal(key, outcome, written: false);
        var users = refused.Problems.OfType<WorldProblem.UnknownSegment>().Where(problem => problem.Key == key).Select(problem => problem.Segment).Distinct().ToList();
        var groups = refused.Problems.OfType<WorldProblem.UnknownInGroup>().Where(problem => problem.Key == key).Select(problem => problem.Group).ToList();
        if (users.Count > 0)
            return Problems.Conflict("Referred to", $"These segments refer to '{key}': {string.Join(", ", users)}. Delete or change them first.");
        return groups.Count > 0
            ? Problems.Conflict("In a group", $"'{key}' stands in the group {string.Join(", ", groups.Select(group => $"'{group}'"))}. Take it out there first: PUT /api/segment-groups/{groups[0]}.")
            : Refusal(key, outcome, written: false);
    }

    public static string OtherKind(string key, SegmentOutcome.OtherKind other) =>
        $"'{key}' is of the kind '{(other.IsStatic ? SegmentReader.Static : SegmentReader.Dynamic)}' and stays so, under its key for ever. Choose another key for one of the other kind.";

    public static string TooManySegments(string key) =>
        $"There are {WrittenSegment.MaxSegments} segments, drafts and archived ones included, which is the most; '{key}' would be one more. Write it under the key of one that is a draft or archived.";

    public static string TooManyVersions(string key) =>
        $"'{key}' has {VersionText.MaxVersions} versions, which is the most; this would be one more. Make another segment, and archive this one.";

    private static bool IsOfDefinition(WorldProblem problem) => problem is WorldProblem.UnknownSegment or WorldProblem.Circle;
}
