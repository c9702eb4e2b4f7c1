using EventSegmentation.Ingestion.Normalizing;
using Microsoft.AspNetCore.WebUtilities;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>An RFC 9457 problem, with what was refused and why.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The kind of problem, for people.</param>
/// <param name="Detail">What happened this time and what to do.</param>
/// <param name="Errors">Where in the body, and why.</param>
/// <param name="Refused">The refused events of a batch of which none was accepted.</param>
internal sealed record Problem(
    int Status,
    string Title,
    string Detail,
    IReadOnlyList<FieldError>? Errors = null,
    IReadOnlyList<RefusedEvent>? Refused = null)
{
    public const string ContentType = "application/problem+json";

    public static Problem Of(int status, string detail, IReadOnlyList<FieldError>? errors = null) =>
        new(status, ReasonPhrases.GetReasonPhrase(status), detail, errors);

    /// <summary>For a batch of which every event was refused.</summary>
    public static Problem AllRefused(int status, IReadOnlyList<RefusedEvent> refused) =>
        Of(status, "All events were refused; errors says why.", [.. refused.SelectMany(one => one.Errors)]) with { Refused = refused };
}
