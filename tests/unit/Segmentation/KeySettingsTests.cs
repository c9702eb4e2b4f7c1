using EventSegmentation.Segmentation;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class KeySettingsTests
{
    private const string Key = "0123456789abcdef";

    private static readonly SegmentationOptions Options = new()
    {
        Database = "Host=127.0.0.1",
        Broker = "amqp://127.0.0.1",
        AdminKeys = [$"crm.service-1_a:{Key}-crm", $"{Key}-plain"],
        ReadKeys = [$"board:{Key}-board", $"{Key}-reader"],
    };

    [Theory]
    [InlineData("short", "Segmentation:AdminKeys:0 is a key of fewer than 16 characters*")]
    [InlineData("a-name-that-is-long-enough:short", "Segmentation:AdminKeys:0 is a key of fewer than 16 characters*")]
    [InlineData($":{Key}", "Segmentation:AdminKeys:0 has before its first ':' what is no name*")]
    [InlineData($"a b:{Key}", "Segmentation:AdminKeys:0 has before its first ':' what is no name*")]
    [InlineData($"a\n:{Key}", "Segmentation:AdminKeys:0 has before its first ':' what is no name*")]
    [InlineData($"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz:{Key}", "Segmentation:AdminKeys:0 has before its first ':' what is no name: 1 to 50*")]
    [InlineData($"name:{Key}:more", "Segmentation:AdminKeys:0 has a ':' in the key itself*")]
    [InlineData($"other:{Key}-reader", "Segmentation:ReadKeys and AdminKeys have one key twice*")]
    public void A_wrong_entry_is_named_by_its_place_and_never_shown(string entry, string message)
    {
        var problem = (Options with { AdminKeys = [entry] }).Problems().Should().ContainSingle().Which;

        problem.Should().Match(message).And.NotContain(Key);
    }

    [Fact]
    public void Right_entries_are_no_problem() => Options.Problems().Should().BeEmpty();

    [Fact]
    public void Missing_admin_keys_name_the_ways_out() => (Options with { AdminKeys = [] }).Problems().Should().ContainSingle()
        .Which.Should().Match("Segmentation:AdminKeys is empty. Set Segmentation__AdminKeys__0 *Segmentation__KeysFile*Segmentation__RequireKey=false*");

    [Fact]
    public void They_may_be_in_the_file_instead() => (Options with { AdminKeys = [], KeysFile = "keys.json" }).Problems().Should().BeEmpty();
}
