using Microsoft.AspNetCore.Http;

namespace EventSegmentation.Access;

/// <summary>Why a call is not let in, as its caller is told.</summary>
/// <param name="Status">401, 403 or 429.</param>
/// <param name="RetryAfter">When it may come again; null if waiting does not help.</param>
public sealed record Refusal(int Status, string Detail, TimeSpan? RetryAfter = null);

/// <summary>Writes a refusal in the form of the service's other problems.</summary>
public delegate Task RefusalWriter(HttpContext context, Refusal refusal);
