using System.Globalization;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>What must hold of every answer to anything: no failure of the service, and a refusal that says what is wrong and where.</summary>
internal static class AnswerLaw
{
    // The answers to a request that is understood as such and of which a part is wrong: they name the part.
    private static readonly int[] NamesPlace = [400, 422];

    /// <summary>How the request ended, in a few words.</summary>
    /// <exception cref="InvalidOperationException">The law is broken.</exception>
    public static string Check(FuzzRequest request, FuzzAnswer? answer)
    {
        if (answer is null)
            return request.IsSound ? throw new InvalidOperationException("The connection was closed without an answer.") : "closed, as the request was cut";
        var status = answer.Status.ToString(CultureInfo.InvariantCulture);
        switch (answer.Status)
        {
            case 503 when answer.Headers.ContainsKey("retry-after"):
                CheckProblem(request, answer);
                return "503 busy, with Retry-After";
            case >= 500:
                throw new InvalidOperationException($"The answer is {answer.Status} {answer.Text}");
            case >= 400 when answer.Body.Length == 0 && !request.IsSound:
                return $"{status} by the server itself";
            case >= 400 when request.Method == "HEAD":
                return status;
            case >= 400:
                CheckProblem(request, answer);
                return status;
            case >= 300 or < 200:
                throw new InvalidOperationException($"The answer is {answer.Status}, which no call has.");
            default:
                if (answer.Body.Length > 0)
                    _ = answer.Json;
                return status;
        }
    }

    private static void CheckProblem(FuzzRequest request, FuzzAnswer answer)
    {
        if (answer.ContentType != "application/problem+json")
            throw new InvalidOperationException($"The refusal {answer.Status} is {answer.ContentType ?? "nothing"}: {answer.Text}");
        var problem = answer.Json;
        if (Text(problem, "title") is null || Text(problem, "detail") is null || !problem.TryGetProperty("status", out var status) || status.GetInt32() != answer.Status)
            throw new InvalidOperationException($"The refusal does not say what is wrong: {answer.Status} {answer.Text}");
        var errors = problem.TryGetProperty("errors", out var given) && given.ValueKind == JsonValueKind.Array ? given.EnumerateArray().ToList() : [];
        if (errors.Exists(error => Text(error, "detail") is null || !error.TryGetProperty("pointer", out var pointer) || pointer.ValueKind != JsonValueKind.String))
            throw new InvalidOperationException($"An error of the refusal says too little: {answer.Text}");
        if (request.IsSound && NamesPlace.Contains(answer.Status) && errors.Count == 0)
            throw new InvalidOperationException($"The refusal names no place: {answer.Text}");
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
