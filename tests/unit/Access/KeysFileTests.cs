using EventSegmentation.Access;

namespace EventSegmentation.UnitTests.Access;

public sealed class KeysFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly KeyRing _ring = new([], openTo: null);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_broken_file_leaves_the_keys_as_they_were()
    {
        var file = new KeysFile(_path, _ring);

        Write(Entry("0123456789abcdef"));
        file.Take().Should().Be(new KeysChange.Taken(1));
        file.Take().Should().Be(new KeysChange.None());

        File.WriteAllText(_path, """{"keys":[{"name":"app","sc""");
        file.Take().Should().BeOfType<KeysChange.Fault>();
        _ring.Find("Bearer 0123456789abcdef").Name.Should().Be("app");

        File.Delete(_path);
        file.Take().Should().BeOfType<KeysChange.Fault>().Which.Reason.Should().NotContain(_path);
        _ring.Find("Bearer 0123456789abcdef").Name.Should().Be("app");

        File.WriteAllBytes(_path, new byte[KeysFile.MaxBytes + 1]);
        file.Take().Should().Be(new KeysChange.Fault("it has more than 1048576 bytes"));

        Write(Entry("0123456789abcdef"), Entry("0123456789abcdef"));
        file.Take().Should().BeOfType<KeysChange.Fault>().Which.Reason.Should().Contain("stands twice");

        Write(Entry("fedcba9876543210"));
        file.Take().Should().Be(new KeysChange.Taken(1));
        _ring.Find("Bearer 0123456789abcdef").Name.Should().Be(KeyRing.UnknownKey);
        _ring.Find("Bearer fedcba9876543210").Name.Should().Be("app");
    }

    [Fact]
    public void Without_a_file_there_is_nothing_to_take() => new KeysFile("", _ring).Take().Should().Be(new KeysChange.None());

    private void Write(params string[] entries) => File.WriteAllText(_path, $$"""{"keys":[{{string.Join(',', entries)}}]}""");

    private static string Entry(string key) => $$"""{"name":"app","scope":"write","sha256":"{{Convert.ToHexStringLower(AccessKey.HashOf(key))}}"}""";
}
