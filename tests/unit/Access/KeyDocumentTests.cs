using System.Text;
using EventSegmentation.Access;

namespace EventSegmentation.UnitTests.Access;

public sealed class KeyDocumentTests
{
    private const string Hash = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";

    [Fact]
    public void A_file_names_its_keys_with_what_they_may()
    {
        var reading = Read("""{"keys":[{"name":"app","scope":"write","sha256":"HASH","eventTypes":["A","B c"]},{"name":"crm","scope":"admin","sha256":"HASH"},{"name":"board","scope":"read","sha256":"HASH"}]}""");

        var keys = reading.Should().BeOfType<KeyReading.Keys>().Which.All;
        keys.Select(key => (key.Name, key.Scope)).Should().Equal(("app", KeyScope.Write), ("crm", KeyScope.Admin), ("board", KeyScope.Read));
        keys.Select(key => Convert.ToHexStringLower(key.Hash.Span)).Should().OnlyContain(hash => hash == Hash);
        keys[0].EventTypes.Should().BeEquivalentTo("A", "B c");
        keys[1].EventTypes.Should().BeNull();
    }

    [Fact]
    public void A_file_may_have_no_keys() => Read("""{"keys":[]}""").Should().BeOfType<KeyReading.Keys>().Which.All.Should().BeEmpty();

    [Theory]
    [InlineData("", "it is not the JSON*")]
    [InlineData("""{"keys":[{"name":"app","sco""", "it is not the JSON*")]
    [InlineData("null", "it is null*")]
    [InlineData("[]", "it is not the JSON*")]
    [InlineData("{}", "it is not the JSON*")]
    [InlineData("""{"keys":[],"key":1}""", "it is not the JSON*")]
    [InlineData("""{"keys":[],"keys":[]}""", "it is not the JSON*")]
    [InlineData("""{"keys":[null]}""", "keys[0] is null*")]
    [InlineData("""{"keys":[{"name":"app","scope":"write"}]}""", "it is not the JSON*")]
    [InlineData("""{"keys":[{"name":"app","scope":"write","sha256":null}]}""", "it is not the JSON*")]
    [InlineData("""{"keys":[{"name":"app","scope":"write","sha256":"HASH","colour":"red"}]}""", "it is not the JSON*line 1*")]
    [InlineData("""{"keys":[{"name":"a b","scope":"write","sha256":"HASH"}]}""", "keys[0] has no good name*")]
    [InlineData("""{"keys":[{"name":"app","scope":"root","sha256":"HASH"}]}""", "keys[0] has a scope that is none of write, read and admin")]
    [InlineData("""{"keys":[{"name":"app","scope":"no","sha256":"HASH"}]}""", "keys[0] has a scope that is none of*")]
    [InlineData("""{"keys":[{"name":"app","scope":"write","sha256":"HASH"},{"name":"app","scope":"write","sha256":"HASH0"}]}""", "keys[1] has a hash that is not 64*")]
    [InlineData("""{"keys":[{"name":"app","scope":"read","sha256":"HASH","eventTypes":["A"]}]}""", "keys[0] has eventTypes, which only a write key may have")]
    [InlineData("""{"keys":[{"name":"app","scope":"write","sha256":"HASH","eventTypes":[]}]}""", "keys[0] has 0 eventTypes*")]
    [InlineData("""{"keys":[{"name":"app","scope":"write","sha256":"HASH","eventTypes":[""]}]}""", "keys[0] has 1 eventTypes*")]
    public void A_broken_file_is_refused_as_a_whole_and_never_quoted(string json, string reason) =>
        Read(json).Should().BeOfType<KeyReading.Fault>().Which.Reason.Should().Match(reason).And.NotContain(Hash);

    [Fact]
    public void A_file_has_at_most_so_many_keys()
    {
        var entries = Enumerable.Repeat("""{"name":"a","scope":"read","sha256":"HASH"}""", KeyDocument.MaxKeys + 1);

        Read($$"""{"keys":[{{string.Join(',', entries)}}]}""").Should().BeOfType<KeyReading.Fault>().Which.Reason.Should().Be("it has 1001 keys; 1000 is the most");
    }

    private static KeyReading Read(string json) => KeyDocument.Read(Encoding.UTF8.GetBytes(json.Replace("HASH", Hash)));
}
