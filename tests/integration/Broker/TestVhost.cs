using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Broker;

/// <summary>
/// A virtual host of its own on the test broker, made before the tests of a class and removed after them.
/// The broker comes from <c>TEST_AMQP</c> (<c>amqp://user:password@host:port/</c>, an administrator) and
/// <c>TEST_BROKER_MANAGEMENT</c> (<c>http://user:password@host:port</c>).
/// </summary>
public sealed class TestVhost : IAsyncLifetime, IDisposable
{
    private readonly Uri _broker = Address("TEST_AMQP");
    private readonly HttpClient _management = ManagementClient(Address("TEST_BROKER_MANAGEMENT"));

    public string Name { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>The address of this virtual host, with its user.</summary>
    public Uri Amqp => At(_broker.Host, _broker.Port);

    /// <summary>The same virtual host by another way, such as a proxy.</summary>
    public Uri At(string host, int port) => new($"amqp://{_broker.UserInfo}@{host}:{port}/{Name}");

    /// <summary>A connection for the test itself, which does not mend itself.</summary>
    public Task<IConnection> ConnectAsync() =>
        new ConnectionFactory { Uri = Amqp, AutomaticRecoveryEnabled = false, ClientProvidedName = "test" }.CreateConnectionAsync();

    /// <summary>What the management API says about something in this virtual host; null if it does not exist.</summary>
    /// <param name="kind"><c>queues</c>, <c>exchanges</c>, …</param>
    /// <param name="rest">What follows the name of the virtual host, escaped.</param>
    public async Task<JsonElement?> ManagementAsync(string kind, string rest)
    {
        using var answer = await _management.GetAsync(new Uri($"api/{kind}/{Name}/{rest}", UriKind.Relative));
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonElement>() : null;
    }

    public async Task InitializeAsync()
    {
        using var made = await _management.PutAsync(new Uri($"api/vhosts/{Name}", UriKind.Relative), null);
        made.EnsureSuccessStatusCode();
        var user = Uri.UnescapeDataString(_broker.UserInfo.Split(':')[0]);
        using var permitted = await _management.PutAsJsonAsync(
            new Uri($"api/permissions/{Name}/{Uri.EscapeDataString(user)}", UriKind.Relative), new { configure = ".*", write = ".*", read = ".*" });
        permitted.EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync()
    {
        using var removed = await _management.DeleteAsync(new Uri($"api/vhosts/{Name}", UriKind.Relative));
        removed.EnsureSuccessStatusCode();
    }

    public void Dispose() => _management.Dispose();

    private static Uri Address(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } address
        ? new Uri(address)
        : throw new InvalidOperationException($"{variable} is not set. These tests need a RabbitMQ of their own; `make test` starts one and sets it.");

    private static HttpClient ManagementClient(Uri address) => new()
    {
        BaseAddress = new Uri($"{address.Scheme}://{address.Authority}/"),
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo)))),
        },
    };
}
