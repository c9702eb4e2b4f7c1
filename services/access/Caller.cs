using Microsoft.AspNetCore.Http;

namespace EventSegmentation.Access;

/// <summary>Who makes a call, by its key.</summary>
/// <param name="Scope">What it may.</param>
/// <param name="Name">By which logs, facts and versions say who it was; never empty.</param>
/// <param name="Key">The key that was given; null where none is needed and none was known.</param>
public sealed record Caller(KeyScope Scope, string Name, AccessKey? Key = null)
{
    /// <summary>How an endpoint gets its caller.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    /// <summary>The caller that the gate let in.</summary>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("This call does not say which key it needs.");
}
