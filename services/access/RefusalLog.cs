using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace EventSegmentation.Access;

/// <summary>
/// Notes who was not let in: by the name of the key, or "unknown" or "none"; never the key, and of the address the route alone, which
/// has no values in it. Bounded, so that whoever knocks without end does not fill the log.
/// </summary>
public sealed partial class RefusalLog(TimeProvider time, ILogger<RefusalLog> logger)
{
    /// <summary>The most refusals that are noted one by one within a minute; of the others the number is noted.</summary>
    public const int LinesPerMinute = 60;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _began;
    private int _noted;
    private long _passedOver;

    public void Add(HttpContext context, RouteEndpoint endpoint, int status, string key)
    {
        var (isNoted, passedOver) = Count();
        if (passedOver > 0)
            LogMore(passedOver);
        if (isNoted)
            LogRefused(status, context.Request.Method, endpoint.RoutePattern.RawText, key, context.Connection.RemoteIpAddress?.ToString());
    }

    private (bool IsNoted, long PassedOver) Count()
    {
        lock (_lock)
        {
            long passedOver = 0;
            if (_began == 0 || time.GetElapsedTime(_began) >= Minute)
            {
                (passedOver, _passedOver) = (_passedOver, 0);
                (_began, _noted) = (time.GetTimestamp(), 0);
            }

            if (_noted < LinesPerMinute)
            {
                _noted++;
                return (true, passedOver);
            }

            _passedOver++;
            return (false, passedOver);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused with {Status}: {Method} {Route}, key {Key}, from {Address}")]
    private partial void LogRefused(int status, string method, string? route, string key, string? address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Count} more calls that were not noted one by one")]
    private partial void LogMore(long count);
}
