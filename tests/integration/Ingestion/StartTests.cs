using System.Diagnostics;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>The program as a process.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("", "Ingestion:Broker is missing. ")]
    [InlineData("--Ingestion:Broker=amqp://127.0.0.1", "Ingestion:WriteKeys is empty. ")]
    [InlineData("--Ingestion:Colour=red", "Section Ingestion: ")]
    public async Task A_wrong_setting_ends_the_start_with_one_line(string setting, string begins)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "EventSegmentation.Ingestion.dll");
        var start = new ProcessStartInfo("dotnet", [program, setting]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("Ingestion__", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(inherited);
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Deadline.Default);
        await using var overdue = deadline.Token.Register(process.Kill);
        var errors = await process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);

        process.ExitCode.Should().Be(2);
        errors.Should().StartWith(begins);
        errors.TrimEnd('\n').Should().NotContain("\n");
    }
}
