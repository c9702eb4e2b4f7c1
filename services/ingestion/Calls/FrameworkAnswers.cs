using EventSegmentation.Ingestion.Normalizing;
using Microsoft.AspNetCore.Diagnostics;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>What the framework refuses by itself (no such call, another method, another type, a body that breaks off), as a problem like all others.</summary>
internal static class FrameworkAnswers
{
    /// <summary>True for what a sender did, which is no fault of this service and is not logged as one.</summary>
    public static bool IsOfSender(Exception failure) => failure is BadHttpRequestException;

    /// <summary>The answer to a request whose handling threw.</summary>
    public static Task FailAsync(HttpContext http)
    {
        http.Response.StatusCode = http.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException broken
            ? broken.StatusCode
            : StatusCodes.Status500InternalServerError;
        return AnswerAsync(http);
    }

    /// <summary>The answer to a request that has a status and no body.</summary>
    public static Task AnswerAsync(HttpContext http)
    {
        var status = http.Response.StatusCode;
        var detail = status switch
        {
            StatusCodes.Status400BadRequest => "The request broke off or is no HTTP request.",
            StatusCodes.Status404NotFound => "There is no such call; /openapi/v1.json lists them.",
            StatusCodes.Status405MethodNotAllowed => "This address does not take that method; /openapi/v1.json lists the calls.",
            StatusCodes.Status415UnsupportedMediaType => "Send the body with content-type: application/json.",
            >= StatusCodes.Status500InternalServerError => "The call failed; the log has the reason.",
            _ => "The call was refused.",
        };
        return http.Response.WriteAsync(Problem.Of(status, detail, status == StatusCodes.Status400BadRequest ? [new FieldError("", detail)] : null));
    }
}
