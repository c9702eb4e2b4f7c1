using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.IntegrationTests.Chaos.Faults;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>What lies on the broker.</summary>
internal sealed class BrokerQueues : IDisposable
{
    private const string SetAside = "_error";

    private readonly ChaosServers _servers;
    private readonly HttpClient _management;

    public BrokerQueues(ChaosServers servers)
    {
        _servers = servers;
        _management = new() { BaseAddress = new($"{servers.Management.Scheme}://{servers.Management.Authority}/") };
        _management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(servers.Management.UserInfo))));
    }

    /// <summary>The queues in which something lies that nobody set aside, with how much; empty if there are none.</summary>
    public async Task<string> WaitingAsync()
    {
        var queues = await QueuesAsync();
        return string.Join(", ", queues.Where(queue => queue.Messages > 0 && !queue.Name.EndsWith(SetAside, StringComparison.Ordinal)).Select(queue => $"{queue.Name} has {queue.Messages}"));
    }

    /// <summary>What was set aside is what was bad, and all of it.</summary>
    public async Task CheckSetAsideAsync(int published, Findings findings)
    {
        await using var connection = await new ConnectionFactory { Uri = _servers.Broker("administrator") }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var found = 0;
        foreach (var queue in (await QueuesAsync()).Select(queue => queue.Name).Where(name => name.EndsWith(SetAside, StringComparison.Ordinal)))
        {
            while (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
            {
                var body = Encoding.UTF8.GetString(message.Body.Span);
                if (body.Contains(PoisonFaults.Mark, StringComparison.Ordinal))
                    found++;
                else
                    findings.Add($"{queue} has a message that is in order: {body[..Math.Min(body.Length, 200)]}");
            }
        }

        // One may be set aside twice, if its consumer died in between.
        if (found < published)
            findings.Add($"{published} bad messages were published, and {found} were set aside");
    }

    public void Dispose() => _management.Dispose();

    private async Task<(string Name, long Messages)[]> QueuesAsync()
    {
        var queues = await _management.GetFromJsonAsync<JsonElement>(new Uri($"api/queues/{ChaosServers.Vhost}", UriKind.Relative));
        return [.. queues.EnumerateArray().Select(queue =>
            (queue.GetProperty("name").GetString()!, queue.TryGetProperty("messages", out var messages) ? messages.GetInt64() : 0))];
    }
}
