using System.Net;
using System.Text;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.EndToEnd;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Keys in a file that both services share, while they run.</summary>
public sealed class KeyFileTests(TestVhost vhost) : IClassFixture<TestVhost>, IDisposable
{
    private const string Old = "the-old-key-of-the-app";
    private const string Young = "the-new-key-of-the-app";
    private const string Admin = "the-key-of-the-administrator";
    private const string Narrow = "the-key-for-workouts-only";

    private readonly KeyFile _file = new();

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task Keys_are_replaced_while_the_service_runs_and_a_broken_file_changes_nothing()
    {
        _file.Write(("app", "write", Old, null), ("boss", "admin", Admin, null));
        await using var ingestion = await StartAsync();

        (await SendAsync(ingestion, Old)).Should().Be(HttpStatusCode.Accepted);
        (await SendAsync(ingestion, Young)).Should().Be(HttpStatusCode.Unauthorized);
        (await SendAsync(ingestion, Admin)).Should().Be(HttpStatusCode.Forbidden, "the key is known, and is not for this");

        _file.Write(("app", "write", Old, null), ("app", "write", Young, null));
        await BecomesAsync(ingestion, Young, HttpStatusCode.Accepted);
        (await SendAsync(ingestion, Old)).Should().Be(HttpStatusCode.Accepted, "both keys are good for the time of the change");

        _file.Write(("app", "write", Young, null));
        await BecomesAsync(ingestion, Old, HttpStatusCode.Unauthorized);

        _file.Break("""{"keys":[{"name":"app","scope":"write","sha256":"12""");
        await LogsAsync(ingestion, "The file of keys cannot be used, and the keys before stay");
        (await SendAsync(ingestion, Young)).Should().Be(HttpStatusCode.Accepted);

        var log = string.Join('\n', ingestion.Log);
        log.Should().Contain("Refused with 401: POST /api/v3/event, key unknown, from 127.0.0.1").And.Contain("Refused with 403: POST /api/v3/event, key boss, from 127.0.0.1");
        log.Should().NotContain(Old).And.NotContain(Young).And.NotContain(Admin);
    }

    [Fact]
    public async Task A_key_may_be_limited_to_event_types()
    {
        _file.Write(("watch", "write", Narrow, ["Workout", "Steps of a day"]));
        await using var ingestion = await StartAsync();

        (await SendAsync(ingestion, Narrow, """{"eventTypeKey":"Workout"}""")).Should().Be(HttpStatusCode.Accepted);
        (await SendAsync(ingestion, Narrow, """{"eventTypeKey":"workout"}""")).Should().Be(HttpStatusCode.Forbidden);
        (await SendAsync(ingestion, Narrow, """{"eventTypeKey":"Purchase"}""")).Should().Be(HttpStatusCode.Forbidden);
        (await SendAsync(ingestion, Narrow, """{"eventTypeKey":"Purchase","params":7}""")).Should().Be(HttpStatusCode.Forbidden);
        (await SendAsync(ingestion, Narrow, """{"events":[{"eventTypeKey":"Purchase"},{"eventTypeKey":"Login"}]}""", "/api/v3/events")).Should().Be(HttpStatusCode.Forbidden);
        (await SendAsync(ingestion, Narrow, """{"events":[{"eventTypeKey":"Purchase"},{"eventTypeKey":"Workout"}]}""", "/api/v3/events/past")).Should().Be(HttpStatusCode.Accepted);
        (await SendAsync(ingestion, Narrow, """{"events":[{"eventTypeKey":"Purchase"},{"eventTypeKey":""}]}""", "/api/v3/events")).Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("""{"keys":[{"name":"a b"}]}""", "it is not the JSON that it should be")]
    [InlineData("""{"keys":[]}""", "neither it nor the settings have a key of the scope write")]
    public async Task A_start_with_a_broken_file_is_refused(string content, string reason)
    {
        _file.Break(content);

        await FluentActions.Awaiting(() => StartAsync()).Should().ThrowAsync<InvalidOperationException>().WithMessage($"*Ingestion:KeysFile, {_file.Path}: {reason}*");
    }

    private Task<ServiceProcess> StartAsync() => ServiceProcess.StartAsync("ingestion", new Dictionary<string, string>
    {
        ["Ingestion__Broker"] = vhost.Amqp.ToString(),
        ["Ingestion__KeysFile"] = _file.Path,
    });

    private static Task<HttpStatusCode> BecomesAsync(ServiceProcess service, string key, HttpStatusCode wanted) =>
        Eventually.BecomesAsync(() => SendAsync(service, key), status => status == wanted, $"the answer {wanted}");

    private static Task<bool> LogsAsync(ServiceProcess service, string text) => Eventually.BecomesAsync(
        () => Task.FromResult(service.Log.Any(line => line.Contains(text, StringComparison.Ordinal))), isThere => isThere, $"the log line '{text}'");

    private static async Task<HttpStatusCode> SendAsync(ServiceProcess service, string key, string body = """{"eventTypeKey":"A"}""", string path = "/api/v3/event")
    {
        using var client = new HttpClient { BaseAddress = service.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        return answer.StatusCode;
    }
}
