using EventSegmentation.Segmentation.Ledger;
using FluentAssertions;
using Xunit;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class BatchConfirmsTests
{
    [Theory]
    [InlineData("5 6 7", true)]
    [InlineData("7 5 6", true)]
    [InlineData("7+", true)]
    [InlineData("5+ 6 7", true)]
    [InlineData("6 7+", true)]
    [InlineData("9+", true)]
    [InlineData("5 5 5", false)]
    [InlineData("5 6", false)]
    [InlineData("6+", false)]
    [InlineData("4+ 3 8", false)]
    public void A_batch_of_5_to_7_is_done_when_each_is_confirmed(string confirmed, bool isDone)
    {
        var confirms = new BatchConfirms(first: 5, count: 3);

        foreach (var one in confirmed.Split(' '))
            confirms.Confirm(ulong.Parse(one.TrimEnd('+'), null), isAllUpTo: one.EndsWith('+'));

        confirms.All.IsCompletedSuccessfully.Should().Be(isDone);
    }

    [Fact]
    public async Task A_batch_that_is_given_up_fails_with_the_reason()
    {
        var confirms = new BatchConfirms(first: 1, count: 2);
        confirms.Confirm(1, isAllUpTo: false);

        confirms.Fail(new IOException("the channel is gone"));
        confirms.Confirm(2, isAllUpTo: false);

        (await confirms.Invoking(one => one.All).Should().ThrowAsync<IOException>()).WithMessage("the channel is gone");
    }
}
