using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace EventSegmentation.IntegrationTests.Broker;

/// <summary>A virtual host of a test class's own, removed at the end, so that classes share no queue.</summary>
public sealed class TestVhost : IAsyncDisposable
{
    private readonly HttpClient _management;
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private TestVhost(HttpClient management) => _management = management;

    /// <summary>The address of this virtual host, with its user and password.</summary>
    public Uri Uri => new UriBuilder(TestEnvironment.Broker) { Path = _name }.Uri;

    public static async Task<TestVhost> CreateAsync()
    {
        var address = TestEnvironment.BrokerManagement;
        var management = new HttpClient { BaseAddress = new(address.GetLeftPart(UriPartial.Authority).Replace(address.UserInfo + "@", "")) };
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo)));
        management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);

        var vhost = new TestVhost(management);
        (await management.PutAsync($"/api/vhosts/{vhost._name}", content: null)).EnsureSuccessStatusCode();
        var user = Uri.UnescapeDataString(address.UserInfo.Split(':')[0]);
        var all = new { configure = ".*", write = ".*", read = ".*" };
        (await management.PutAsJsonAsync($"/api/permissions/{vhost._name}/{user}", all)).EnsureSuccessStatusCode();
        return vhost;
    }

    public async ValueTask DisposeAsync()
    {
        await _management.DeleteAsync($"/api/vhosts/{_name}");
        _management.Dispose();
    }
}
