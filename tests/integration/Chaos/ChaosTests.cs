using EventSegmentation.IntegrationTests.EndToEnd;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>
/// The system under load while everything around it breaks. <c>make chaos</c> runs this for long; as a test among others it is short, with
/// the same plan of faults each time. It has servers of its own, and needs the machine for itself.
/// </summary>
[Collection(nameof(Alone))]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nothing_is_lost_or_doubled_whatever_breaks()
    {
        var settings = ChaosSettings.Read();
        output.WriteLine(settings.ToString());
        var path = settings.Directory + ".log";
        using var journal = new Journal(path);
        var findings = new Findings();
        try
        {
            await new ChaosRun(settings, journal, findings).ExecuteAsync();
        }
        catch (Exception exception)
        {
            findings.Add($"the simulation broke off: {exception}");
        }

        await ChaosServers.EndAsync(settings, keep: findings.Count > 0);
        journal.Write($"{findings.Count} findings with {settings}");
        foreach (var finding in findings.All)
            journal.Write($"  {finding}");
        findings.All.Should().BeEmpty($"nothing breaks the promises ({settings}; what happened stands in {path})");
    }
}
