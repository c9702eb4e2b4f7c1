using System.Net;
using System.Net.Sockets;
using System.Text;
using EventSegmentation.Access;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Ingestion;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>What a connection may take before anybody knows who it is.</summary>
public sealed class ServerLimitTests(GuardedServices services, TestVhost vhost) : IClassFixture<GuardedServices>, IClassFixture<TestVhost>
{
    [Theory]
    [InlineData("ingestion")]
    [InlineData("segmentation")]
    public async Task A_request_has_so_much_before_its_body(string service)
    {
        var port = services.Address(service).Port;

        (await AskAsync(port, "/health/live", "X: y")).Should().StartWith("HTTP/1.1 200 ");
        (await AskAsync(port, "/health/live?" + new string('x', ServerLimits.RequestLineBytes), "X: y")).Should().StartWith("HTTP/1.1 414 ");
        (await AskAsync(port, "/health/live", "X: " + new string('y', ServerLimits.HeaderBytes))).Should().StartWith("HTTP/1.1 431 ");
        (await AskAsync(port, "/health/live", string.Join("\r\n", Enumerable.Range(0, ServerLimits.Headers).Select(i => $"X{i}: y")))).Should().StartWith("HTTP/1.1 431 ");
    }

    [Fact]
    public async Task Connections_are_counted()
    {
        await using var ingestion = await RunningIngestion.StartAsync(vhost.Amqp, "MaxConnections=1");
        (await ingestion.GetAsync("/health/live")).Status.Should().Be(200);

        (await AskAsync(ingestion.Http.BaseAddress!.Port, "/health/live", "X: y")).Should().BeNull("the first is still open");
    }

    /// <summary>The first line of the answer; null if the connection was closed without one.</summary>
    private static async Task<string?> AskAsync(int port, string address, string headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n\r\n"));
            using var reader = new StreamReader(stream, Encoding.ASCII);
            return await reader.ReadLineAsync();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
