namespace EventSegmentation.Segmentation.Http;

/// <summary>Lets a call through if its key allows what the endpoint needs.</summary>
internal sealed class KeyFilter(ApiKeys keys, KeyScope needed) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var scope = keys.Caller(context.HttpContext.Request.Headers.Authorization).Scope;
        if (scope >= needed)
            return await next(context);
        if (scope != KeyScope.None)
            return Problems.Of(StatusCodes.Status403Forbidden, "Not allowed", "This call changes something and needs an admin key; the key given may only read.");
        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, "A key is needed", "Send a key as 'Authorization: Bearer KEY'.");
    }
}

internal static class KeyFilters
{
    /// <summary>Needs a key that may read.</summary>
    public static RouteHandlerBuilder Reads(this RouteHandlerBuilder endpoint, ApiKeys keys) => endpoint.AddEndpointFilter(new KeyFilter(keys, KeyScope.Read));

    /// <summary>Needs a key that may change things.</summary>
    public static RouteHandlerBuilder Changes(this RouteHandlerBuilder endpoint, ApiKeys keys) => endpoint.AddEndpointFilter(new KeyFilter(keys, KeyScope.Admin));
}
