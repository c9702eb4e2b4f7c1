using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion;
using EventSegmentation.IntegrationTests.Broker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>Ingestion as it is started in production, in this process, on a port of its own.</summary>
public sealed class RunningIngestion : IAsyncDisposable
{
    public const string Key = "test-key-0123456789";

    private readonly WebApplication _app;

    private RunningIngestion(WebApplication app, HttpClient http) => (_app, Http) = (app, http);

    /// <summary>A client that brings the write key.</summary>
    public HttpClient Http { get; }

    /// <summary>Everything that it can be asked.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Starts it, and does not wait for the broker.</summary>
    /// <param name="broker">The address of the broker.</param>
    /// <param name="settings">Further ones, such as <c>MaxBatch=10</c>.</param>
    public static async Task<RunningIngestion> StartAsync(Uri broker, params string[] settings)
    {
        var app = IngestionHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", $"--Ingestion:Broker={broker}", $"--Ingestion:WriteKeys:0={Key}",
            .. settings.Select(setting => $"--Ingestion:{setting}"),
        ]);
        await app.StartAsync();
        var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return new RunningIngestion(app, http);
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<RunningIngestion> ReadyAsync(Uri broker, params string[] settings)
    {
        var ingestion = await StartAsync(broker, settings);
        await ingestion.UntilReadyAsync();
        return ingestion;
    }

    public Task UntilReadyAsync() => Deadline.UntilAsync("ingestion is ready", async () =>
    {
        using var answer = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return answer.IsSuccessStatusCode;
    });

    public async Task<Answer> PostAsync(string path, string body, string? contentType = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return await Answer.ReadAsync(answer);
    }

    public async Task<Answer> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return await Answer.ReadAsync(answer);
    }

    public static Task<QueueReader> NormalizedAsync(TestVhost vhost) => QueueReader.OpenAsync(vhost, BrokerNames.NormalizedQueue);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>An HTTP answer, read.</summary>
public sealed record Answer(int Status, string? ContentType, HttpResponseHeaders Headers, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>The pointers of the problem's errors.</summary>
    public IEnumerable<string?> Pointers => Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("pointer").GetString());

    public static async Task<Answer> ReadAsync(HttpResponseMessage answer) =>
        new((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers, await answer.Content.ReadAsStringAsync());
}
