using System.ComponentModel;
using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>
/// The clock of one process, which can be set ahead and back while it runs: a library that is loaded before the process's own adds to
/// what the system says. Needs a C compiler on the machine; without one there are no such clocks.
/// </summary>
internal sealed class MovedClock : IDisposable
{
    private const long NanosecondsPerTick = 100;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _ahead;

    private MovedClock(string path)
    {
        _path = path;
        File.WriteAllBytes(path, new byte[sizeof(long)]);
        _file = MemoryMappedFile.CreateFromFile(path);
        _ahead = _file.CreateViewAccessor();
    }

    /// <summary>How far it is ahead of the machine's; negative if it is behind.</summary>
    public TimeSpan Ahead
    {
        set => _ahead.Write(0, value.Ticks * NanosecondsPerTick);
    }

    /// <summary>Compiles the library into a directory; null if this machine has no compiler.</summary>
    public static async Task<string?> LibraryAsync(string directory)
    {
        var library = Path.Combine(directory, "clock.so");
        var source = Path.Combine(AppContext.BaseDirectory, "Chaos", "clock.c");
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"]) { RedirectStandardError = true })!;
            await compiler.WaitForExitAsync();
            return compiler.ExitCode == 0 ? library : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>A clock for a process that is about to start, and what its environment needs for it.</summary>
    public static (MovedClock Clock, IReadOnlyDictionary<string, string> Environment) Make(string library, string path) =>
        (new(path), new Dictionary<string, string> { ["LD_PRELOAD"] = library, ["CHAOS_CLOCK"] = path });

    public void Dispose()
    {
        _ahead.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
