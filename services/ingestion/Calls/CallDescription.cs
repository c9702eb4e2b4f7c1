using System.Net.Mime;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>What OpenAPI says about a call. The calls read their bodies themselves, so the framework cannot know.</summary>
internal static class CallDescription
{
    private static readonly int[] Problems =
    [
        StatusCodes.Status400BadRequest,
        StatusCodes.Status401Unauthorized,
        StatusCodes.Status403Forbidden,
        StatusCodes.Status413PayloadTooLarge,
        StatusCodes.Status415UnsupportedMediaType,
        StatusCodes.Status422UnprocessableEntity,
        StatusCodes.Status429TooManyRequests,
        StatusCodes.Status503ServiceUnavailable,
    ];

    public static void Describe<TRequest, TAnswer>(this RouteHandlerBuilder call, string name, string summary)
        where TRequest : notnull
    {
        call.WithName(name)
            .WithSummary(summary)
            .WithTags("Events")
            .Accepts<TRequest>(MediaTypeNames.Application.Json)
            .Produces<TAnswer>(StatusCodes.Status202Accepted);
        foreach (var status in Problems)
            call.Produces<Problem>(status, Problem.ContentType);
    }
}
