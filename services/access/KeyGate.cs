using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EventSegmentation.Access;

/// <summary>
/// Lets a call through if its key allows what the endpoint needs, before anything else of the call is looked at. An address that no
/// endpoint has is let through to the answer that says so.
/// </summary>
public sealed class KeyGate(RequestDelegate next, KeyRing keys, RefusalLog log, RefusalWriter write)
{
    public Task InvokeAsync(HttpContext context)
    {
        // What the router answers by itself (no such address, another method, another type) is no RouteEndpoint.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
            return next(context);
        var needed = endpoint.Metadata.GetMetadata<NeededKey>();
        if (needed is { Scope: KeyScope.None })
            return next(context);

        var caller = keys.Find(context.Request.Headers.Authorization);
        if (needed is not null && caller.Scope.Allows(needed.Scope))
        {
            context.Features.Set(caller);
            return next(context);
        }

        var refusal = Refuse(caller, needed);
        log.Add(context, endpoint, refusal.Status, caller.Name);
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer, Basic realm=\"key\"";
        return write(context, refusal);
    }

    private static Refusal Refuse(Caller caller, NeededKey? needed) => (caller.Key, needed) switch
    {
        (_, null) => new(StatusCodes.Status403Forbidden, "This call is open to nobody."),
        (null, _) when caller.Name == KeyRing.NoKey => new(StatusCodes.Status401Unauthorized, $"This call needs {Key(needed.Scope)}. Send it as 'Authorization: Bearer KEY'."),
        (null, _) => new(StatusCodes.Status401Unauthorized, $"The key given is not known. This call needs {Key(needed.Scope)}."),
        var (key, _) => new(StatusCodes.Status403Forbidden, $"This call needs {Key(needed.Scope)}; the one given is {Key(key.Scope)}."),
    };

    private static string Key(KeyScope scope) => $"{(scope == KeyScope.Admin ? "an" : "a")} {scope.Word()} key";
}
