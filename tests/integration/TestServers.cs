using System.Diagnostics;

namespace EventSegmentation.IntegrationTests;

/// <summary>Stops and starts the tests' own servers.</summary>
internal static class TestServers
{
    /// <summary>Runs <c>stop</c>, <c>start</c> or <c>kill</c> on <c>postgres</c> or <c>rabbitmq</c>; returns when it is done.</summary>
    public static async Task RunAsync(string action, string server)
    {
        using var process = Process.Start(new ProcessStartInfo(TestEnvironment.Servers, [action, server]))!;
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, $"{action} {server} must work");
    }
}
