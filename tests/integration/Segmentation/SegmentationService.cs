using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.Segmentation;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The segmentation service in this process, with a database and a virtual host of its own, and what a user of it needs.</summary>
public sealed class SegmentationService : IAsyncLifetime, IDisposable
{
    public const string AdminKey = "admin-key-of-the-tests";
    public const string ReadKey = "read-key-of-the-tests";
    private const string OtherName = "crm";
    private const string OtherKey = "another-admin-key-of-the-tests";

    private TestVhost _vhost = null!;
    private WebApplication _app = null!;
    private IBusControl _bus = null!;

    public TestDatabase Database { get; private set; } = null!;

    public Uri Broker => _vhost.Amqp;

    /// <summary>Calls with an admin key.</summary>
    public HttpClient Api { get; private set; } = null!;

    public TransitionProbe Transitions { get; private set; } = null!;

    /// <summary>Everything that it can be asked.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    public async Task InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        _vhost = new TestVhost();
        await _vhost.InitializeAsync();
        await StartAsync();
        Transitions = await TransitionProbe.SubscribeAsync(Broker);
        _bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(Broker));
        await _bus.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _bus.StopAsync();
        await Transitions.DisposeAsync();
        await StopAsync();
        await _vhost.DisposeAsync();
        await Database.DisposeAsync();
    }

    public void Dispose() => _vhost.Dispose();

    /// <summary>Starts the service and waits until it is ready.</summary>
    /// <param name="settings">Further ones, such as <c>CallsPerSecond=10</c>.</param>
    public async Task StartAsync(params string[] settings)
    {
        _app = SegmentationHost.Build([
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=Warning",
            $"--Segmentation:Database={Database.ConnectionString}",
            $"--Segmentation:Broker={Broker}",
            $"--Segmentation:AdminKeys:0={AdminKey}",
            $"--Segmentation:AdminKeys:1={OtherName}:{OtherKey}",
            $"--Segmentation:ReadKeys:0={ReadKey}",
            .. settings.Select(setting => $"--Segmentation:{setting}"),
        ]);
        await _app.StartAsync();
        Api = Client(AdminKey);
        await Eventually.BecomesAsync(
            async () => (await Api.GetAsync("/health/ready")).StatusCode, status => status == HttpStatusCode.OK, "segmentation being ready");
    }

    public async Task StopAsync()
    {
        Api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>A client with a key of its own, or none.</summary>
    public HttpClient Client(string? key)
    {
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var client = new HttpClient { BaseAddress = new(address) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public HttpClient Reader() => Client(ReadKey);

    /// <summary>Another administrator, whose key has the name "crm".</summary>
    public HttpClient Crm() => Client(OtherKey);

    /// <summary>Sends events as ingestion does.</summary>
    public Task SendAsync(params NormalizedEvent[] events) => _bus.Publish(new EventsNormalized { Events = events });

    /// <summary>Sends imports as ingestion does, in messages of up to <see cref="EventsNormalized.MaxEvents"/>.</summary>
    public Task ImportAsync(IEnumerable<NormalizedEvent> events) => Task.WhenAll(
        events.Chunk(EventsNormalized.MaxEvents).Select(chunk => _bus.Publish(new ImportsNormalized { Events = chunk })));

    /// <summary>Tells of refusals as ingestion does.</summary>
    public Task RefuseAsync(params EventRefusal[] refusals) => _bus.Publish(new EventsRefused { Events = refusals });

    public async Task SwitchOnAsync(params string[] types)
    {
        foreach (var type in types)
            (await Api.PutAsJsonAsync($"/api/event-types/{type}/segmentation", new { on = true })).EnsureSuccessStatusCode();
    }

    /// <summary>Creates a segment and waits until it is live.</summary>
    public async Task CreateSegmentAsync(string key, string condition)
    {
        var answer = await Api.PostAsJsonAsync("/api/segments", new { key, name = key, condition = JsonDocument.Parse(condition).RootElement });
        answer.StatusCode.Should().Be(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        await Eventually.BecomesAsync(() => GetAsync($"/api/segments/{key}"), segment => segment.GetProperty("state").GetString() == "live", $"{key} being live");
    }

    /// <summary>Calls with a body as it is written, and with the tag that the caller has seen.</summary>
    public async Task<HttpResponseMessage> SendAsync(string method, string path, string? body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Api.SendAsync(request);
    }

    public async Task<JsonElement> GetAsync(string path) => await Api.GetFromJsonAsync<JsonElement>(path);

    /// <summary>The ids of a segment's members.</summary>
    public async Task<IReadOnlyList<string>> MembersAsync(string key)
    {
        var page = await GetAsync($"/api/segments/{key}/members?limit=1000");
        return [.. page.GetProperty("items").EnumerateArray().Select(member => member.GetProperty("contactId").GetString()!)];
    }

    /// <summary>The card that an identifier finds, once there is one.</summary>
    public Task<JsonElement> CardAsync(string identifier) => Eventually.BecomesAsync(
        async () => (await GetAsync($"/api/contacts?identifier={Uri.EscapeDataString(identifier)}")).GetProperty("items").EnumerateArray().FirstOrDefault(),
        card => card.ValueKind == JsonValueKind.Object,
        $"a contact with {identifier}");

    /// <summary>An event that happened now, or when the caller says.</summary>
    public static NormalizedEvent Event(string type, object parameters, DateTimeOffset? occurredAt = null, string? id = null, bool import = false)
    {
        var now = DateTimeOffset.UtcNow;
        return new()
        {
            EventId = id ?? Guid.NewGuid().ToString(),
            EventType = type,
            OccurredAt = occurredAt ?? now,
            ReceivedAt = now,
            Import = import,
            Params = JsonSerializer.SerializeToElement(parameters),
        };
    }
}
