using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Telemetry;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Callers who break off in the midst of a call: nobody is left to answer, and that is no fault of the service.</summary>
public sealed class BrokenOffTests
{
    private const int AtOnce = 8;
    private const int OfEachKind = 160;

    // Ends that the service meets while it reads the body, before it, and when it answers. Who only ends its own half still takes an answer.
    private static readonly End[] Ends = [new(IsReset: true, Sent: 0.5), new(IsReset: true, Sent: 0), new(IsReset: true, Sent: 1), new(IsReset: false, Sent: 0.5), new(IsReset: false, Sent: 0)];

    [Theory]
    [InlineData("ingestion", "/api/v3/events")]
    [InlineData("segmentation", "/api/segments/preview")]
    [InlineData("segmentation", "/api/segments/list/imports")]
    public async Task A_caller_who_breaks_off_leaves_no_error_in_the_log_and_none_in_the_metrics(string service, string path)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var system = await TestSystem.StartAsync(collector.Settings);
        (await system.Api.PostAsJsonAsync("/api/segments", new { key = "list", name = "List", kind = "static" })).StatusCode.Should().Be(HttpStatusCode.Created);
        var (process, key) = service == "ingestion" ? (system.Ingestion, TestSystem.WriteKey) : (system.Segmentation, TestSystem.AdminKey);
        var isList = path.EndsWith("/imports", StringComparison.Ordinal);
        var body = isList ? string.Concat(Enumerable.Repeat("1,Ada\n", 2_000)) : $$"""{"condition":{"event":"A"},"events":[{"eventTypeKey":"Broken","params":{"note":"{{new string('x', 10_000)}}" } }]}""";
        var route = path.Replace("/list/", "/{key}/", StringComparison.Ordinal);

        foreach (var end in Ends)
            await Parallel.ForEachAsync(Enumerable.Range(0, OfEachKind), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, _) =>
                await BreakOffAsync(process.Address.Port, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: {(isList ? "text/csv" : "application/json")}\r\nContent-Length: {body.Length}\r\n\r\n", body, end));

        // Those that end by their own half are all seen by the service; of the others it may not see all.
        var answers = await Eventually.BecomesAsync(
            () => Task.FromResult(collector.Answers(route)), counts => counts.Values.Sum() >= Ends.Count(end => !end.IsReset) * OfEachKind, "the calls being measured");
        answers.Keys.Should().OnlyContain(status => status < 500, string.Join(", ", answers));
        process.Complaints.Should().BeEmpty();
        process.HasEnded.Should().BeFalse();
    }

    /// <param name="IsReset">The connection is reset; otherwise only the caller's half ends, and the answer, if there is one, is read.</param>
    /// <param name="Sent">The part of the body that is sent.</param>
    private sealed record End(bool IsReset, double Sent);

    private static async Task BreakOffAsync(int port, string head, string body, End end)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body[..(int)(body.Length * end.Sent)]));
        if (end.IsReset)
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0);
            return;
        }

        client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            await stream.CopyToAsync(Stream.Null).WaitAsync(Deadline.Default);
        }
        catch (IOException)
        {
            // The service closed the connection in its turn.
        }
    }
}
