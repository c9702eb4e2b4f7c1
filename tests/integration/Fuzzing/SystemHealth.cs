using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.EndToEnd;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Whether both services came through: alive, ready, without a complaint, and with nothing that they could not read.</summary>
internal static class SystemHealth
{
    // What a service is right to note about hostile callers.
    private static readonly string[] Meant = ["Refused with {Status}", "Refused {Count} more calls", "A submission cannot be decoded"];

    private static readonly string[] Queues = [BrokerNames.NormalizedQueue, BrokerNames.ImportsQueue, BrokerNames.RefusalsQueue];

    public static async Task CheckHealthAsync(this TestSystem system)
    {
        foreach (var service in (ServiceProcess[])[system.Ingestion, system.Segmentation])
        {
            service.HasEnded.Should().BeFalse(string.Join('\n', service.Log));
            service.Complaints.Where(line => !Meant.Any(line.Contains)).Should().BeEmpty();
        }

        (await system.Intake.GetAsync("/health/ready")).IsSuccessStatusCode.Should().BeTrue();
        (await system.Api.GetAsync("/health/ready")).IsSuccessStatusCode.Should().BeTrue();
        foreach (var queue in Queues)
            foreach (var aside in (string[])["_error", "_skipped"])
                (await system.Vhost.ManagementAsync("queues", queue + aside)).Should().BeNull($"segmentation set nothing of {queue} aside");
    }
}
