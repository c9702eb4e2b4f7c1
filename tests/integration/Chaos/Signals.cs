using System.Diagnostics;
using System.Globalization;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>What the system can tell a process.</summary>
internal static class Signals
{
    /// <summary>The process stands still, and notices nothing of it.</summary>
    public static Task PauseAsync(int process) => SendAsync("STOP", process);

    public static Task ContinueAsync(int process) => SendAsync("CONT", process);

    /// <summary>It ends at once, without a goodbye.</summary>
    public static Task KillAsync(int process) => SendAsync("KILL", process);

    // One that is gone already needs no signal.
    private static async Task SendAsync(string signal, int process)
    {
        var start = new ProcessStartInfo("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true };
        using var sender = Process.Start(start)!;
        await sender.WaitForExitAsync();
    }
}
