using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>The facts by which contacts are merged and given back.</summary>
internal static class MergeFacts
{
    /// <summary>The other contact that a fact of a merge names; null for any other fact, or if it names none.</summary>
    public static long? Named(StreamEvent? fact)
    {
        var other = fact switch
        {
            ContactMergedInto merged => merged.Into,
            ContactMerged merged => merged.From,
            ContactUnmerged unmerged => unmerged.From,
            ContactSplit split => split.Contact,
            _ => null,
        };
        return other is not null && StreamId.TryContact(other, out var contact) && contact > 0 ? contact : null;
    }
}
