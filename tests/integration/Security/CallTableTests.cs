using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Who is let in where: an outsider, and the holders of each kind of key, at every call of both services.</summary>
public sealed class CallTableTests(GuardedServices services) : IClassFixture<GuardedServices>
{
    public static TheoryData<string, string> Rows()
    {
        var rows = new TheoryData<string, string>();
        foreach (var row in CallRow.All())
            rows.Add(row.Service, row.Call);
        return rows;
    }

    [Theory]
    [InlineData("ingestion")]
    [InlineData("segmentation")]
    public void Every_call_has_a_row(string service) =>
        services.Calls(service).Keys.Should().BeEquivalentTo(CallRow.All().Where(row => row.Service == service).Select(row => row.Call));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_call_lets_in_whom_the_table_says(string service, string call)
    {
        var row = CallRow.All().Single(one => one.Service == service && one.Call == call);
        var answers = new Dictionary<string, string>();
        foreach (var (column, key) in GuardedServices.Keys)
        {
            using var client = new HttpClient { BaseAddress = services.Address(service) };
            using var answer = await client.SendAsync(Request(row, key));
            answers[column] = Said(answer.StatusCode);
            (answer.Headers.WwwAuthenticate.Count > 0).Should().Be(answer.StatusCode == HttpStatusCode.Unauthorized, $"{column} at {call}");
        }

        answers.Should().BeEquivalentTo(row.Answers);
    }

    // Another way to write an address, or to name the call that is meant, opens nothing. Sent as written: a client would put it right.
    [Theory]
    [InlineData("ingestion", "POST /API/V3/EVENT", 401)]
    [InlineData("ingestion", "POST /api/v3/event/", 401)]
    [InlineData("ingestion", "POST //api/v3/event", 404)]
    [InlineData("ingestion", "POST /api//v3/event", 404)]
    [InlineData("ingestion", "POST /%61pi/v3/event", 401)]
    [InlineData("ingestion", "POST /api%2Fv3%2Fevent", 404)]
    [InlineData("ingestion", "POST /health/../api/v3/event", 401)]
    [InlineData("ingestion", "POST http://elsewhere/api/v3/event", 400)]
    [InlineData("segmentation", "GET /API/SEGMENTS", 401)]
    [InlineData("segmentation", "GET /api/segments/", 401)]
    [InlineData("segmentation", "GET //api/segments", 404)]
    [InlineData("segmentation", "GET /%61pi/segments", 401)]
    [InlineData("segmentation", "GET /health/%2e%2e/api/segments", 401)]
    [InlineData("segmentation", "HEAD /api/segments", 405)]
    [InlineData("segmentation", "OPTIONS /api/segments", 405)]
    [InlineData("segmentation", "GET /api/segments?key=admin-key-of-the-tests", 401)]
    public async Task No_spelling_of_an_address_goes_past_the_key(string service, string call, int status)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, services.Address(service).Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($$"""
            {{call}} HTTP/1.1
            Host: localhost
            X-Original-URL: /health/live
            X-HTTP-Method-Override: GET
            X-Forwarded-For: 127.0.0.1
            Content-Type: application/json
            Content-Length: 2
            Connection: close

            {}
            """.ReplaceLineEndings("\r\n")));
        using var reader = new StreamReader(stream, Encoding.ASCII);

        (await reader.ReadLineAsync()).Should().StartWith($"HTTP/1.1 {status} ");
    }

    private HttpRequestMessage Request(CallRow row, string? key)
    {
        var request = new HttpRequestMessage(new(row.Method), new Uri(row.Address, UriKind.Relative));
        if (row.Method is "POST" or "PUT" or "PATCH")
            request.Content = new StringContent("{}", Encoding.UTF8, services.Calls(row.Service)[row.Call]);
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        return request;
    }

    private static string Said(HttpStatusCode status) => status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        ? ((int)status).ToString(CultureInfo.InvariantCulture)
        : "in";
}
