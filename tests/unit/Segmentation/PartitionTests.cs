using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class PartitionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 15)]
    [InlineData(16, 0)]
    [InlineData(1_001, 9)]
    [InlineData(1_000_000_007, 7)]
    [InlineData(long.MaxValue, 15)]
    public void A_contact_lies_where_it_always_lay(long contact, short partition) => Partition.Of(contact).Should().Be(partition);

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 8)]
    [InlineData(3, 6)]
    [InlineData(5, 4)]
    [InlineData(16, 1)]
    [InlineData(40, 1)]
    public void Replicas_own_no_more_than_their_share(int replicas, int share) => Partition.Share(replicas).Should().Be(share);

    [Fact]
    public void Shares_are_enough_for_all_partitions_and_leave_nobody_with_nothing_who_could_have_one()
    {
        foreach (var replicas in Enumerable.Range(1, Partition.Count))
        {
            (Partition.Share(replicas) * replicas).Should().BeGreaterThanOrEqualTo(Partition.Count);
            ((Partition.Share(replicas) - 1) * replicas).Should().BeLessThan(Partition.Count);
        }
    }

    [Fact]
    public void Partitions_meet_where_the_last_of_them_comes_to_the_others()
    {
        var positions = new Positions(new Dictionary<short, long> { [2] = 10, [5] = 30 });

        (positions.First, positions.AreTogether, positions.AreAll).Should().Be((10, false, false));
        positions.Lacks(2, 11).Should().BeTrue();
        positions.Lacks(5, 30).Should().BeFalse("it was followed before");
        positions.Lacks(3, 100).Should().BeFalse("it is another owner's");
        positions.Behind(25).Should().ContainSingle().Which.Should().Equal((short)2);
        positions.MovedTo(25).Should().Match<Positions>(moved => moved.First == 25 && !moved.AreTogether);
        positions.MovedTo(40).Should().Match<Positions>(moved => moved.First == 40 && moved.AreTogether);
        Positions.At(Partition.All, 7).Should().Match<Positions>(all => all.AreAll && all.AreTogether && all.First == 7);
    }
}
