using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>The rate of requests per write key; without keys, per address of the sender.</summary>
internal static class KeyRate
{
    public const string Policy = "write key";

    private static readonly object KeyItem = new();

    private static readonly TimeSpan Replenishment = TimeSpan.FromMilliseconds(100);

    /// <summary>Says which key a request came with, by its place among the settings; the key itself goes nowhere.</summary>
    public static void Identify(HttpContext http, int keyIndex) => http.Items[KeyItem] = keyIndex;

    public static void AddKeyRate(this IServiceCollection services, IngestionOptions options) => services.AddRateLimiter(limiter =>
    {
        limiter.AddPolicy(Policy, http => RateLimitPartition.GetTokenBucketLimiter(
            http.Items[KeyItem] is int key ? $"key {key}" : $"address {http.Connection.RemoteIpAddress}",
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = options.RequestsPerSecond,
                TokensPerPeriod = Math.Max(1, (int)(options.RequestsPerSecond * Replenishment.TotalSeconds)),
                ReplenishmentPeriod = options.RequestsPerSecond >= 10 ? Replenishment : TimeSpan.FromSeconds(1.0 / options.RequestsPerSecond),
                QueueLimit = 0,
            }));
        limiter.OnRejected = async (context, _) =>
            await context.HttpContext.Response.WriteAsync(
                Problem.Of(StatusCodes.Status429TooManyRequests, $"More than {options.RequestsPerSecond} requests a second came with this key."),
                context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : TimeSpan.FromSeconds(1));
    });
}
