using System.Text.Json.Serialization.Metadata;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>
/// Writes answers. They are given no token of their own: with one, a caller who has broken off would make the writing throw, where nobody is left to
/// answer; without, the framework leaves it then.
/// </summary>
internal static class Responses
{
    public static Task WriteAsync<T>(this HttpResponse response, int status, T answer, JsonTypeInfo<T> type)
    {
        response.StatusCode = status;
        return response.WriteAsJsonAsync(answer, type);
    }

    public static Task WriteAsync(this HttpResponse response, Problem problem, TimeSpan? retryAfter = null)
    {
        response.StatusCode = problem.Status;
        if (retryAfter is { } delay)
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(delay.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return response.WriteAsJsonAsync(problem, IngestionJson.Answers.Problem, Problem.ContentType);
    }
}
