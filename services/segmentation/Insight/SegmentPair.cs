namespace EventSegmentation.Segmentation.Insight;

/// <summary>Two segments and what they have in common.</summary>
/// <param name="Both">Members of both.</param>
/// <param name="Share">Of all who are in one of the two, the part that is in both: 0 to 1, the Jaccard index.</param>
internal sealed record SegmentPair(string One, string Other, long OneSize, long OtherSize, long Both, double Share)
{
    public static SegmentPair Of(string one, string other, long oneSize, long otherSize, long both) =>
        new(one, other, oneSize, otherSize, both, both == 0 ? 0 : Math.Round((double)both / (oneSize + otherSize - both), 6));
}
