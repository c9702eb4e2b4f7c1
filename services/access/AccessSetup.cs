using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EventSegmentation.Access;

/// <summary>Puts the gate into a service.</summary>
public static class AccessSetup
{
    /// <summary>Adds the keys and the rate. Reads the file of keys, if there is one.</summary>
    /// <param name="settings">Without <see cref="AccessSettings.Problems"/>.</param>
    /// <param name="write">Writes refusals in the service's own form.</param>
    /// <returns>Why the file of keys cannot be used; null if it can, or there is none.</returns>
    public static string? AddAccess(this IServiceCollection services, AccessSettings settings, RefusalWriter write)
    {
        var everybody = settings.RequireKey ? null : new Caller(settings.Indispensable, settings.Lists.Single(list => list.Scope == settings.Indispensable).Unnamed);
        var ring = new KeyRing(settings.Keys, everybody);
        var file = new KeysFile(settings.KeysFile, ring);
        if (file.Take() is KeysChange.Fault(var reason))
            return $"{settings.Section}:KeysFile, {settings.KeysFile}: {reason}.";
        if (settings.RequireKey && !ring.Keys.Any(key => key.Scope == settings.Indispensable))
            return $"{settings.Section}:KeysFile, {settings.KeysFile}: neither it nor the settings have a key of the scope {settings.Indispensable.Word()}.";

        services.AddSingleton(ring).AddSingleton(file).AddSingleton(write).AddSingleton<RefusalLog>();
        services.AddHostedService<KeysFileWatch>();
        services.AddCallRate(settings.CallsPerSecond, write);
        return null;
    }

    /// <summary>The gate, and behind it the rate.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseMiddleware<KeyGate>();
        app.UseRateLimiter();
    }
}
