using EventSegmentation.Ingestion.Submissions;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: the bus and the submissions are connected
/// and everything is declared; otherwise 503 with the reasons.
/// </summary>
internal static class HealthCalls
{
    private const string Ready = "ready";

    public static void AddHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<IntakeState>("submissions", tags: [Ready]);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        // MassTransit registers the bus under the same tag.
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext http, HealthReport report) => report.Status == HealthStatus.Unhealthy
        ? http.Response.WriteAsync(Problem.Of(StatusCodes.Status503ServiceUnavailable, Reasons(report)))
        : http.Response.WriteAsync(StatusCodes.Status200OK, new HealthAnswer("ok"), IngestionJson.Answers.HealthAnswer);

    private static string Reasons(HealthReport report) => string.Join("; ", report.Entries
        .Where(entry => entry.Value.Status == HealthStatus.Unhealthy)
        .Select(entry => $"{entry.Key}: {entry.Value.Description}"));
}
