using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>A version of a segment that is kept up to date.</summary>
/// <param name="Id">The id of the version, which is also its epoch.</param>
/// <param name="IsLive">False while it is being built: its memberships are kept, but nobody is told.</param>
internal sealed record ActiveVersion(long Id, long SegmentId, string SegmentKey, int Version, bool IsLive);

/// <summary>Everything that is to be evaluated, as of one version of the plan.</summary>
/// <param name="Version">Rises with every change of what must be evaluated.</param>
internal sealed record ActivePlan(long Version, Plan Plan, IReadOnlyDictionary<long, ActiveVersion> Versions);
