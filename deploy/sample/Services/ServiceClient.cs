using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventSegmentation.Sample.Services;

/// <summary>
/// Calls one of the services. Answers 429 and 503 and lost connections are tried again until <see cref="RetryLimit"/>;
/// every call here is harmless when it is made twice.
/// </summary>
internal sealed class ServiceClient : IDisposable
{
    /// <summary>How long a call is tried again.</summary>
    public static readonly TimeSpan RetryLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly Action<string> _tell;

    /// <param name="name">What the service is called in messages.</param>
    /// <param name="address">Its base address.</param>
    /// <param name="time">Times the tries.</param>
    /// <param name="tell">Takes a line for the person who waits.</param>
    public ServiceClient(string name, Uri address, TimeProvider time, Action<string> tell)
    {
        (_name, _time, _tell) = (name, time, tell);
        _http = new() { BaseAddress = address, Timeout = CallLimit };
    }

    /// <summary>Makes a call and returns what it answered.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">From the root of the service.</param>
    /// <param name="key">The key to show; null for calls that need none.</param>
    /// <param name="body">JSON; null for none.</param>
    /// <param name="cancellationToken">Ends the tries.</param>
    /// <exception cref="SampleFault">It still cannot be reached after <see cref="RetryLimit"/>.</exception>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? key, byte[]? body, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var isTold = false;
        while (true)
        {
            var (answer, trouble, pause) = await TryAsync(method, path, key, body, cancellationToken);
            if (trouble is null)
                return answer!;
            if (_time.GetElapsedTime(started) + pause > RetryLimit)
                throw new SampleFault($"{_name}, {_http.BaseAddress}: {trouble}, for {RetryLimit.TotalSeconds} s now. Its log lies in .run/logs; `make up` starts what has stopped.");
            if (!isTold)
                _tell($"{_name}: {trouble}; trying again for up to {RetryLimit.TotalSeconds} s …");
            isTold = true;
            await Task.Delay(pause, _time, cancellationToken);
        }
    }

    /// <summary>Makes a call that is expected to answer 2xx with JSON.</summary>
    /// <exception cref="SampleFault">It answers something else, or cannot be reached.</exception>
    public async Task<T> GetAsync<T>(string path, string key, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, path, key, body: null, cancellationToken);
        return answer.IsGood ? answer.Read(type) : throw Unexpected(answer, $"GET {path}");
    }

    /// <summary>The fault to throw on an answer that leaves no way on.</summary>
    public SampleFault Unexpected(Answer answer, string call) => answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        ? new SampleFault($"{_name} does not accept the key ({call}: {(int)answer.Status}). The keys belong to one instance: .run/keys.env beside .run/endpoints.env.")
        : new SampleFault($"{_name} answered {(int)answer.Status} to {call}: {answer.Problem}");

    public void Dispose() => _http.Dispose();

    private async Task<(Answer? Answer, string? Trouble, TimeSpan Pause)> TryAsync(
        HttpMethod method, string path, string? key, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        if (body is not null)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var answer = new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
                ? (answer, $"answers {(int)answer.Status}", Pause(response.Headers.RetryAfter))
                : (answer, null, TimeSpan.Zero);
        }
        catch (HttpRequestException exception)
        {
            return (null, exception.HttpRequestError == HttpRequestError.ConnectionError ? "cannot be reached" : "lost the connection", DefaultPause);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"does not answer within {CallLimit.TotalSeconds} s", DefaultPause);
        }
    }

    private TimeSpan Pause(RetryConditionHeaderValue? retryAfter)
    {
        var asked = retryAfter?.Delta ?? (retryAfter?.Date - _time.GetUtcNow()) ?? DefaultPause;
        return asked < TimeSpan.Zero ? DefaultPause : asked > MaxPause ? MaxPause : asked;
    }
}

/// <summary>What a service answered.</summary>
internal sealed record Answer(HttpStatusCode Status, byte[] Body)
{
    public bool IsGood => (int)Status is >= 200 and < 300;

    /// <summary>The detail of a problem, or what else there is to say.</summary>
    public string Problem
    {
        get
        {
            try
            {
                return JsonSerializer.Deserialize(Body, SampleJson.Default.ProblemAnswer)?.Detail ?? "no reason given";
            }
            catch (JsonException)
            {
                return "no reason given";
            }
        }
    }

    /// <exception cref="SampleFault">The body is not what the interface says.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Body, type) ?? throw new SampleFault("A service answered JSON null.");
        }
        catch (JsonException exception)
        {
            throw new SampleFault($"A service answered something unexpected: {exception.Message}");
        }
    }
}
