using System.Text.Json.Serialization.Metadata;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>Writes answers.</summary>
internal static class Responses
{
    public static Task WriteAsync<T>(this HttpResponse response, int status, T answer, JsonTypeInfo<T> type)
    {
        response.StatusCode = status;
        return response.WriteAsJsonAsync(answer, type, contentType: null, response.HttpContext.RequestAborted);
    }

    public static Task WriteAsync(this HttpResponse response, Problem problem, TimeSpan? retryAfter = null)
    {
        response.StatusCode = problem.Status;
        if (retryAfter is { } delay)
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(delay.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return response.WriteAsJsonAsync(problem, IngestionJson.Answers.Problem, Problem.ContentType, response.HttpContext.RequestAborted);
    }
}
