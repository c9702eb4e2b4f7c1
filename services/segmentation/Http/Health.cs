using EventSegmentation.Access;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.Segmentation.Http;

/// <summary>The answer of a health call.</summary>
/// <param name="Reasons">Why not, if it is not well.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyList<string> Reasons);

/// <summary>Says whether the service lives, and whether it can do its job now. Needs no key.</summary>
internal static class Health
{
    /// <summary>The longest that a look at the database may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new HealthAnswer("live", []), ApiJson.Answers.HealthAnswer)).OpenToAll();
        routes.MapGet("/health/ready", ReadyAsync).OpenToAll();
    }

    private static async Task<IResult> ReadyAsync(NpgsqlDataSource database, BrokerBus bus, StartUp startUp, ProjectionOwner projection, CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        if (!startUp.IsDone)
            reasons.Add($"starting: {startUp.WaitsFor}");
        else if (!await AnswersAsync(database, cancellationToken))
            reasons.Add("the database does not answer");
        if (projection.Failure is { } failure)
            reasons.Add($"the projection fails: {failure}; the log has the reason");
        if (!bus.IsConnected)
            reasons.Add("the broker is not connected");
        return reasons.Count == 0
            ? Results.Json(new HealthAnswer("ready", []), ApiJson.Answers.HealthAnswer)
            : Results.Json(new HealthAnswer("not ready", reasons), ApiJson.Answers.HealthAnswer, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<bool> AnswersAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(limit.Token);
            return true;
        }
        catch (Exception exception) when (DatabaseFaults.IsOfDatabase(exception) || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
