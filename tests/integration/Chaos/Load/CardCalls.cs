using System.Net;
using System.Net.Http.Json;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>What is known of a call at last.</summary>
internal enum CallOutcome
{
    /// <summary>It was done at the first try, and no other try of it can be under way.</summary>
    Done,

    /// <summary>It was done, and a try of it that was not answered may still be under way.</summary>
    DoneAtLast,

    /// <summary>It was refused, which must not be; that is among the findings.</summary>
    Refused,
}

/// <summary>Calls of an administrator to any replica, each repeated until it is known what became of it.</summary>
internal sealed class CardCalls(IReadOnlyList<HttpClient> replicas, Random random, Findings findings)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    /// <summary>Returns when the outcome is known.</summary>
    /// <param name="alreadyDone">What is answered if an earlier try, of which no answer came, has done it.</param>
    /// <exception cref="TimeoutException">Nothing is known after the limit.</exception>
    public async Task<CallOutcome> DoAsync(HttpMethod method, string path, object? body, HttpStatusCode alreadyDone)
    {
        var (began, isUnclear) = (TimeProvider.System.GetTimestamp(), false);
        for (var tries = random.Next(replicas.Count); TimeProvider.System.GetElapsedTime(began) < Limit; tries++)
        {
            var (status, text) = await AskAsync(replicas[tries % replicas.Count], method, path, body);
            if (status is >= HttpStatusCode.OK and < HttpStatusCode.Ambiguous || (isUnclear && status == alreadyDone))
                return isUnclear ? CallOutcome.DoneAtLast : CallOutcome.Done;
            if (status is not (null or HttpStatusCode.ServiceUnavailable))
            {
                findings.Add($"{method} {path} answered {(int)status}: {text}");
                return CallOutcome.Refused;
            }

            // Also a 503 may come when the commit was done and its answer lost.
            isUnclear = true;
            await Task.Delay(Sending.RetryPause, CancellationToken.None);
        }

        throw new TimeoutException($"{method} {path} has no answer for {Limit}");
    }

    // No status if no answer came.
    private static async Task<(HttpStatusCode? Status, string Text)> AskAsync(HttpClient replica, HttpMethod method, string path, object? body)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await replica.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return (null, "");
        }
    }
}
