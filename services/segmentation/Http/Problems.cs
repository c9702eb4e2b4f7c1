using System.Globalization;
using System.Text.Json.Serialization;

namespace EventSegmentation.Segmentation.Http;

/// <summary>One thing that is wrong, and where.</summary>
/// <param name="Pointer">A JSON pointer into the body, or the name of a parameter of the address.</param>
/// <param name="Detail">What was found, and what was expected.</param>
internal sealed record ProblemError(string Pointer, string Detail);

/// <summary>An error answer by RFC 9457.</summary>
internal sealed record Problem(
    string Title,
    string Detail,
    int Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ProblemError>? Errors = null);

/// <summary>Makes error answers.</summary>
internal static class Problems
{
    /// <summary>The most errors of one answer. Whoever looks for them may stop there.</summary>
    public const int MaxErrors = 100;

    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, "Not found", detail);

    public static IResult Conflict(string title, string detail) => Of(StatusCodes.Status409Conflict, title, detail);

    public static IResult BadRequest(string pointer, string detail) =>
        Of(StatusCodes.Status400BadRequest, "The request is not understood", detail, [new(pointer, detail)]);

    public static IResult Refused(IReadOnlyList<ProblemError> errors) =>
        Of(StatusCodes.Status422UnprocessableEntity, "Refused", Detail(errors), errors.Count > MaxErrors ? [.. errors.Take(MaxErrors)] : errors);

    public static IResult Of(int status, string title, string detail, IReadOnlyList<ProblemError>? errors = null) =>
        Results.Json(new Problem(title, detail, status, errors), ApiJson.Answers.Problem, "application/problem+json", status);

    /// <summary>The same, and when the caller may come again, in full seconds.</summary>
    public static IResult Later(int status, string title, string detail, TimeSpan after) => new LaterResult(Of(status, title, detail), after);

    private static string Detail(IReadOnlyList<ProblemError> errors) =>
        string.Join(" ", errors.Take(MaxErrors).Select(error => error.Detail)) + (errors.Count < MaxErrors ? "" : $" No more than {MaxErrors} errors are said at once.");

    private sealed class LaterResult(IResult problem, TimeSpan after) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return problem.ExecuteAsync(httpContext);
        }
    }
}
