using System.Globalization;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A version of a segment as it is explained.</summary>
/// <param name="State">What has become of the version: <c>draft</c>, <c>waiting</c>, <c>building</c>, <c>live</c>, <c>retired</c> or <c>cancelled</c>.</param>
/// <param name="Created">When the segment was made.</param>
/// <param name="LiveSince">Since when the version has served; null if it never did.</param>
/// <param name="Definition">What it asks for, behind those before it in the group that serves; that of a suspended segment if that cannot be said.</param>
/// <param name="Segments">What those that serve ask for, by key.</param>
internal sealed record ExplainedSegment(
    string Key, int Version, string State, DateTimeOffset Created, DateTimeOffset? LiveSince, Definition Definition, IReadOnlyDictionary<string, Definition> Segments)
{
    /// <summary>What is to be known of an explanation at an instant.</summary>
    public IEnumerable<string> Notes(DateTimeOffset at)
    {
        if (State != "live")
            yield return $"Version {Version} does not serve; it is {State}. This is what it would say beside the segments that serve.";
        if (at < Created)
            yield return string.Create(CultureInfo.InvariantCulture, $"The segment was made at {Created:O}, after this instant; this is what it would have said.");
        else if (State == "live" && at < LiveSince)
            yield return string.Create(CultureInfo.InvariantCulture, $"Version {Version} has served since {LiveSince:O}; at this instant another one did, or none.");
    }
}
