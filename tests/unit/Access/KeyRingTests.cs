using System.Text;
using EventSegmentation.Access;

namespace EventSegmentation.UnitTests.Access;

public sealed class KeyRingTests
{
    private const string Key = "0123456789abcdef";

    private static readonly AccessKey[] Keys =
    [
        KeyEntry.Read($"crm.service-1_a:{Key}-crm", KeyScope.Admin, "admin"),
        KeyEntry.Read($"{Key}-plain", KeyScope.Admin, "admin"),
        KeyEntry.Read($"board:{Key}-board", KeyScope.Read, "reader"),
        KeyEntry.Read($"app:{Key}-app", KeyScope.Write, "sender"),
    ];

    private readonly KeyRing _ring = new(Keys, openTo: null);

    [Theory]
    [InlineData($"Bearer {Key}-crm", "Admin crm.service-1_a")]
    [InlineData($"bearer  {Key}-crm ", "Admin crm.service-1_a")]
    [InlineData($"Bearer {Key}-plain", "Admin admin")]
    [InlineData($"Bearer {Key}-board", "Read board")]
    [InlineData($"Bearer {Key}-app", "Write app")]
    [InlineData($"Bearer crm.service-1_a:{Key}-crm", "None unknown")]
    [InlineData($"Bearer {Key}-CRM", "None unknown")]
    [InlineData($"Bearer {Key}", "None unknown")]
    [InlineData($"Digest {Key}-crm", "None none")]
    [InlineData("Bearer ", "None none")]
    [InlineData("Basic !!!", "None none")]
    [InlineData("", "None none")]
    [InlineData(null, "None none")]
    public void A_key_says_who_calls_and_what_that_one_may(string? authorization, string expected) => Said(_ring.Find(authorization)).Should().Be(expected);

    [Fact]
    public void A_key_cannot_be_given_by_its_hash() =>
        Said(_ring.Find($"Bearer {Convert.ToHexStringLower(Keys[0].Hash.Span)}")).Should().Be("None unknown");

    [Fact]
    public void The_key_may_stand_as_the_user_name() =>
        Said(_ring.Find($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Key}-crm:ignored"))}")).Should().Be("Admin crm.service-1_a");

    [Theory]
    [InlineData(null, "Admin admin")]
    [InlineData("Bearer whatever", "Admin admin")]
    [InlineData($"Bearer {Key}-board", "Admin board")]
    public void Where_no_key_is_needed_one_still_says_who_it_is(string? authorization, string expected) =>
        Said(new KeyRing(Keys, new(KeyScope.Admin, "admin")).Find(authorization)).Should().Be(expected);

    [Fact]
    public void Two_keys_of_one_name_are_good_at_once_until_one_leaves_the_file()
    {
        var (old, young) = (KeyEntry.Read($"app:{Key}-old", KeyScope.Write, ""), KeyEntry.Read($"app:{Key}-young", KeyScope.Write, ""));

        _ring.TryReplace([old, young]).Should().BeTrue();
        Said(_ring.Find($"Bearer {Key}-old")).Should().Be("Write app");
        Said(_ring.Find($"Bearer {Key}-young")).Should().Be("Write app");

        _ring.TryReplace([young]).Should().BeTrue();
        Said(_ring.Find($"Bearer {Key}-old")).Should().Be("None unknown");
        Said(_ring.Find($"Bearer {Key}-young")).Should().Be("Write app");
        Said(_ring.Find($"Bearer {Key}-app")).Should().Be("Write app", "the keys of the settings stay");
    }

    [Fact]
    public void A_key_that_stands_twice_changes_nothing()
    {
        _ring.TryReplace([KeyEntry.Read($"thief:{Key}-board", KeyScope.Admin, "")]).Should().BeFalse();

        Said(_ring.Find($"Bearer {Key}-board")).Should().Be("Read board");
    }

    [Theory]
    [InlineData("Write", "Write")]
    [InlineData("Read", "Read")]
    [InlineData("Admin", "Read Admin")]
    [InlineData("None", "")]
    public void A_scope_allows(string held, string needed) =>
        Enum.GetValues<KeyScope>().Where(scope => Enum.Parse<KeyScope>(held).Allows(scope)).Should().Equal(needed.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<KeyScope>));

    private static string Said(Caller caller) => $"{caller.Scope} {caller.Name}";
}
