using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>
/// Lets senders in by their key: <c>Authorization: Bearer KEY</c>, or Basic with the key as the user name.
/// Without a known key the answer is 401.
/// </summary>
internal sealed class WriteKeys(RequestDelegate next, IngestionOptions options)
{
    private readonly byte[][] _hashes = [.. options.WriteKeys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];

    public async Task InvokeAsync(HttpContext http)
    {
        if (!options.RequireKey)
        {
            await next(http);
            return;
        }

        var given = Given(http.Request.Headers.Authorization);
        if (given is not null && Find(given) is { } index)
        {
            KeyRate.Identify(http, index);
            await next(http);
            return;
        }

        http.Response.Headers.WWWAuthenticate = "Bearer, Basic realm=\"write key\"";
        await http.Response.WriteAsync(Problem.Of(
            StatusCodes.Status401Unauthorized,
            given is null ? "Give a write key: Authorization: Bearer KEY." : "This write key is not known."));
    }

    private static string? Given(string? header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var authorization) || string.IsNullOrEmpty(authorization.Parameter))
            return null;
        return authorization.Scheme.ToUpperInvariant() switch
        {
            "BEARER" => authorization.Parameter,
            "BASIC" => UserName(authorization.Parameter),
            _ => null,
        };
    }

    private static string? UserName(string credentials)
    {
        var bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out var length))
            return null;
        var name = Encoding.UTF8.GetString(bytes.AsSpan(0, length)).Split(':', 2)[0];
        return name.Length == 0 ? null : name;
    }

    /// <summary>The place of the key among the settings. Takes the same time whichever key fits and however much of it.</summary>
    private int? Find(string given)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        int? found = null;
        for (var index = 0; index < _hashes.Length; index++)
            if (CryptographicOperations.FixedTimeEquals(hash, _hashes[index]))
                found = index;
        return found;
    }
}
