using EventSegmentation.Access;

namespace EventSegmentation.UnitTests.Access;

public sealed class KeyEntryTests
{
    private const string Key = "0123456789abcdef";

    private static readonly string Hash = Convert.ToHexStringLower(AccessKey.HashOf(Key));

    [Fact]
    public void The_hash_is_what_sha256sum_says() =>
        Hash.Should().Be("9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f");

    [Theory]
    [InlineData(Key, "sender")]
    [InlineData($"crm.service-1_a:{Key}", "crm.service-1_a")]
    [InlineData($"crm:sha256:HASH", "crm")]
    public void An_entry_is_a_key_in_clear_or_its_hash(string entry, string name)
    {
        entry = entry.Replace("HASH", Hash);

        KeyEntry.Error(entry).Should().BeNull();
        var key = KeyEntry.Read(entry, KeyScope.Write, "sender");

        (key.Name, key.Scope, Convert.ToHexStringLower(key.Hash.Span)).Should().Be((name, KeyScope.Write, Hash));
    }

    [Theory]
    [InlineData(null, "is a key of fewer than 16 characters*")]
    [InlineData("", "is a key of fewer than 16 characters*")]
    [InlineData("name:short", "is a key of fewer than 16 characters*")]
    [InlineData($"{Key} b", "has characters that are not visible ASCII*")]
    [InlineData($"{Key}ü", "has characters that are not visible ASCII*")]
    [InlineData($"a b:{Key}", "has before its first ':' what is no name*")]
    [InlineData($"a:sha512:{Key}", "has a ':' in the key itself*")]
    [InlineData($"a:sha256:{Key}", "has a hash that is not 64 hexadecimal digits*sha256sum")]
    [InlineData("sha256:HASH", "is a hash without a name*")]
    [InlineData("a:sha256:HASHX", "has a hash that is not 64 hexadecimal digits*")]
    [InlineData(":sha256:HASH", "has before its first ':' what is no name*")]
    [InlineData($"a:b:c:{Key}", "has a ':' in the key itself*")]
    public void A_wrong_entry_says_what_is_wrong_and_shows_no_key(string? entry, string error) =>
        KeyEntry.Error(entry?.Replace("HASH", Hash)).Should().Match(error).And.NotContain(Key).And.NotContain(Hash);
}
