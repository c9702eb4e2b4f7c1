using EventSegmentation.Access;
using EventSegmentation.Ingestion.Publishing;
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
        services.AddHealthChecks().AddCheck<BrokerBus>("bus", tags: [Ready]).AddCheck<IntakeState>("submissions", tags: [Ready]);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = (http, report) => WriteAsync(http, report, "live") }).OpenToAll();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = (http, report) => WriteAsync(http, report, "ready") }).OpenToAll();
    }

    private static Task WriteAsync(HttpContext http, HealthReport report, string well)
    {
        string[] reasons =
        [
            .. report.Entries.Where(entry => entry.Value.Status == HealthStatus.Unhealthy)
                .Select(entry => $"{entry.Key}: {entry.Value.Description}"),
        ];
        return reasons.Length == 0
            ? http.Response.WriteAsync(StatusCodes.Status200OK, new HealthAnswer(well, []), IngestionJson.Answers.HealthAnswer)
            : http.Response.WriteAsync(StatusCodes.Status503ServiceUnavailable, new HealthAnswer($"not {well}", reasons), IngestionJson.Answers.HealthAnswer);
    }
}
