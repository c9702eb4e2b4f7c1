using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace EventSegmentation.Access;

/// <summary>The rate of calls per key; where no key is needed and none is given, per address of the sender. Open calls have none.</summary>
internal static class CallRate
{
    private static readonly TimeSpan Replenishment = TimeSpan.FromMilliseconds(100);

    public static void AddCallRate(this IServiceCollection services, int callsPerSecond, RefusalWriter write) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => http.Features.Get<Caller>() is { } caller
            ? RateLimitPartition.GetTokenBucketLimiter(Holder(caller, http), _ => Bucket(callsPerSecond))
            : RateLimitPartition.GetNoLimiter(""));
        limiter.OnRejected = async (context, _) => await write(context.HttpContext, new(
            StatusCodes.Status429TooManyRequests,
            $"More than {callsPerSecond} calls a second came with this key.",
            context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : TimeSpan.FromSeconds(1)));
    });

    private static string Holder(Caller caller, HttpContext http) =>
        caller.Key is { } key ? $"key {Convert.ToHexString(key.Hash.Span)}" : $"address {http.Connection.RemoteIpAddress}";

    private static TokenBucketRateLimiterOptions Bucket(int callsPerSecond) => new()
    {
        TokenLimit = callsPerSecond,
        TokensPerPeriod = Math.Max(1, (int)(callsPerSecond * Replenishment.TotalSeconds)),
        ReplenishmentPeriod = callsPerSecond >= 10 ? Replenishment : TimeSpan.FromSeconds(1.0 / callsPerSecond),
        QueueLimit = 0,
    };
}
