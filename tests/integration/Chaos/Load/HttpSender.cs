using System.Net;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>A backend that sends over HTTP: single events, batches and past events.</summary>
internal sealed class HttpSender(HttpClient client, Sending sending, Random random)
{
    private const int PastOnceIn = 12;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(600);

    public Task RunAsync(CancellationToken stop) => sending.RunAsync(random, Every, SendAsync, stop);

    /// <summary>One attempt; true if all were accepted.</summary>
    public async Task<bool> SendAsync(IReadOnlyList<SentEvent> events)
    {
        var path = random.Next(PastOnceIn) == 0 ? "/api/v3/events/past" : events.Count == 1 ? "/api/v3/event" : "/api/v3/events";
        using var content = path.EndsWith("/event", StringComparison.Ordinal)
            ? new StringContent(events[0].Json, Encoding.UTF8, "application/json")
            : new StringContent(Encoding.UTF8.GetString(SentEvent.Body(events)), Encoding.UTF8, "application/json");
        using var limit = new CancellationTokenSource(Sending.AnswerLimit);
        try
        {
            using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            if (answer.StatusCode == HttpStatusCode.Accepted)
            {
                sending.Accepted.Accept(events);
                if (JsonElement.Parse(text).TryGetProperty("refused", out var refused) && refused.GetArrayLength() > 0)
                    sending.Findings.Add($"{path} refused events that are in order: {text}");
                return true;
            }

            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
                sending.Findings.Add($"{path} answered {(int)answer.StatusCode}: {text}");
            return false;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return false;
        }
    }
}
