using Microsoft.AspNetCore.Builder;

namespace EventSegmentation.Access;

/// <summary>What an endpoint says about the key that it needs. One that says nothing answers nobody.</summary>
/// <param name="Scope">The scope; <see cref="KeyScope.None"/> if the call is open to everybody.</param>
public sealed record NeededKey(KeyScope Scope);

/// <summary>How an endpoint says it.</summary>
public static class NeededKeys
{
    /// <summary>Needs a key that may send events.</summary>
    public static T Writes<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NeededKey(KeyScope.Write));

    /// <summary>Needs a key that may read.</summary>
    public static T Reads<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NeededKey(KeyScope.Read));

    /// <summary>Needs a key that may change things.</summary>
    public static T Changes<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NeededKey(KeyScope.Admin));

    /// <summary>Needs no key, and has no rate.</summary>
    public static T OpenToAll<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NeededKey(KeyScope.None));
}
