using System.Text.Json;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>The body of a call that writes one segment.</summary>
/// <param name="IsDraft">True if it is only kept, and built when it is published.</param>
/// <param name="IsSilent">True if nobody is to be told who comes and goes when it begins to serve.</param>
internal sealed record SegmentRequest(WrittenSegment Segment, bool IsDraft, bool IsSilent)
{
    /// <summary>Reads a body; the errors say what is wrong with it, and where.</summary>
    /// <param name="address">The key in the address; null if the address has none.</param>
    /// <param name="isList">True if the segment that is written anew is a static one; a body that says neither kind nor condition is then one, too.</param>
    public static (SegmentRequest? Request, IReadOnlyList<ProblemError> Errors) Parse(JsonElement body, string? address, bool isList = false)
    {
        var errors = new List<ProblemError>();
        var reader = new SegmentReader("", errors, isList);
        var segment = reader.Read(body, address, "draft", "silent");
        var (isDraft, isSilent) = (reader.Truth(body, "draft"), reader.Truth(body, "silent"));
        if (isDraft && isSilent)
            errors.Add(new("/silent", "A draft tells nobody anything; silent is said when it is published."));
        return errors.Count == 0 && segment is not null ? (new(segment, isDraft, isSilent), []) : (null, errors);
    }
}
