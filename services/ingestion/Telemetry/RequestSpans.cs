using Microsoft.AspNetCore.Http.Features;

namespace EventSegmentation.Ingestion.Telemetry;

/// <summary>Names the span of a request by method and route, as operators look for it; the route has no values in it.</summary>
internal static class RequestSpans
{
    public static void UseRequestSpans(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint && context.Features.Get<IHttpActivityFeature>() is { } feature)
            feature.Activity.DisplayName = $"{context.Request.Method} {endpoint.RoutePattern.RawText}";
        return next(context);
    });
}
