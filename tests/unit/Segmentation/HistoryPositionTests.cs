using EventSegmentation.Segmentation.History;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class HistoryPositionTests
{
    private static readonly HistoryPosition Place = new(DateTimeOffset.UnixEpoch.AddMicroseconds(1_234_567), HistoryState.Unassigned, 7, new("01970000-0000-7000-8000-00000000000a"));

    [Fact]
    public void A_place_goes_out_as_text_and_comes_back()
    {
        foreach (var state in Enum.GetValues<HistoryState>())
        {
            HistoryPosition.TryParse((Place with { State = state }).ToString(), out var read).Should().BeTrue();
            read.Should().Be(Place with { State = state });
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 2 3")]
    [InlineData("-1 0 0 01970000000070008000000000000001")]
    [InlineData("1 3 0 01970000000070008000000000000001")]
    [InlineData("1 0 -1 01970000000070008000000000000001")]
    [InlineData("1 0 0 none")]
    [InlineData("9223372036854775807 0 0 01970000000070008000000000000001")]
    [InlineData("1 0 0 01970000000070008000000000000001 ")]
    public void A_text_that_is_no_place_is_not_read(string text) =>
        HistoryPosition.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void At_one_instant_what_came_earlier_is_over_and_what_comes_later_is_whole()
    {
        Place.In(HistoryState.Assigned).Should().Be(HistoryPosition.Before(Place.At, HistoryState.Assigned));
        Place.In(HistoryState.Unassigned).Should().Be(Place);
        Place.In(HistoryState.Refused).Sequence.Should().Be(long.MaxValue);
    }
}
