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
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, setting]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = await process.StandardError.ReadToEndAsync().InTimeAsync();
        await process.WaitForExitAsync();

        process.ExitCode.Should().Be(2);
        errors.Should().StartWith(begins);
        errors.TrimEnd('\n').Should().NotContain("\n");
    }
}
