namespace EventSegmentation.Segmentation;

/// <summary>Who makes a call, by its key.</summary>
/// <param name="Name">By which facts and versions say who asked for a change; never empty.</param>
internal sealed record Caller(KeyScope Scope, string Name)
{
    /// <summary>How an endpoint gets its caller.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.RequestServices.GetRequiredService<ApiKeys>().Caller(context.Request.Headers.Authorization));
}
