using System.Text;
using EventSegmentation.Segmentation;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class ApiKeysTests
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
    [InlineData($"Bearer {Key}-crm", "Admin crm.service-1_a")]
    [InlineData($"bearer  {Key}-crm ", "Admin crm.service-1_a")]
    [InlineData($"Bearer {Key}-plain", "Admin admin")]
    [InlineData($"Bearer {Key}-board", "Read board")]
    [InlineData($"Bearer {Key}-reader", "Read reader")]
    [InlineData($"Bearer crm.service-1_a:{Key}-crm", "None nobody")]
    [InlineData($"Bearer {Key}", "None nobody")]
    [InlineData("Bearer ", "None nobody")]
    [InlineData(null, "None nobody")]
    public void A_key_says_who_calls_and_what_that_one_may(string? authorization, string expected) =>
        Said(new ApiKeys(Options).Caller(authorization)).Should().Be(expected);

    [Fact]
    public void The_key_may_stand_as_the_user_name() =>
        Said(new ApiKeys(Options).Caller($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Key}-crm:ignored"))}")).Should().Be("Admin crm.service-1_a");

    [Theory]
    [InlineData(null, "Admin admin")]
    [InlineData("Bearer whatever", "Admin admin")]
    [InlineData($"Bearer {Key}-board", "Admin board")]
    public void Where_no_key_is_needed_one_still_says_who_it_is(string? authorization, string expected) =>
        Said(new ApiKeys(Options with { RequireKey = false }).Caller(authorization)).Should().Be(expected);

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

    private static string Said(Caller caller) => $"{caller.Scope} {caller.Name}";
}
