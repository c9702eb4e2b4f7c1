using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class OverlapCountTests
{
    [Fact]
    public void Every_pair_has_what_both_have_over_several_chunks()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        const int sets = 7;
        var count = new OverlapCount(sets);
        var all = Enumerable.Range(0, sets).Select(_ => new HashSet<(int Chunk, int Place)>()).ToArray();
        for (var chunk = 0; chunk < 3; chunk++)
        {
            for (var set = 0; set < sets; set++)
            {
                // The last set has nobody at all.
                int[] places = [.. Enumerable.Range(0, set == sets - 1 ? 0 : 400).Select(_ => random.Next(500) * (OverlapCount.ChunkContacts - 1) / 499).Distinct()];
                if (places.Length > 0)
                    count.Add(set, places);
                all[set].UnionWith(places.Select(place => (chunk, place)));
            }

            count.EndChunk();
        }

        for (var one = 0; one < sets; one++)
        {
            for (var other = 0; other < sets; other++)
                count.Both(one, other).Should().Be(all[one].Intersect(all[other]).Count(), $"{one} and {other}, seed {seed}");
        }
    }
}
