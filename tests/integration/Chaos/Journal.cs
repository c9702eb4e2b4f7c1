using System.Globalization;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>What happens in a run, each line with its instant, in a file that can be watched.</summary>
internal sealed class Journal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _file;

    public Journal(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = new(path) { AutoFlush = true };
    }

    public void Write(string line)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        lock (_lock)
            _file.WriteLine($"{now} {line}");
    }

    public void Dispose() => _file.Dispose();
}
