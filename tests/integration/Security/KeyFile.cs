using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>A file of keys that a test writes and writes again.</summary>
internal sealed class KeyFile : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

    /// <summary>Replaces it as a whole, as an administrator does.</summary>
    public void Write(params (string Name, string Scope, string Key, string[]? EventTypes)[] keys)
    {
        var entries = keys.Select(key => new
        {
            name = key.Name,
            scope = key.Scope,
            sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Key))),
            eventTypes = key.EventTypes,
        });
        Break(JsonSerializer.Serialize(new { keys = entries }));
    }

    /// <summary>Writes anything.</summary>
    public void Break(string content)
    {
        File.WriteAllText(Path + ".new", content);
        File.Move(Path + ".new", Path, overwrite: true);
    }

    public void Dispose() => File.Delete(Path);
}
