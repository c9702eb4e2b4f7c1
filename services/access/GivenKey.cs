using System.Net.Http.Headers;
using System.Text;

namespace EventSegmentation.Access;

/// <summary>Finds the key in a call: <c>Authorization: Bearer KEY</c>, or Basic with the key as the user name.</summary>
internal static class GivenKey
{
    /// <summary>The key; null if the header holds none.</summary>
    public static string? In(string? header)
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
}
