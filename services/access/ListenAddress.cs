using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace EventSegmentation.Access;

/// <summary>Where a service listens.</summary>
public static class ListenAddress
{
    private static readonly string[] Ports = ["urls", "http_ports", "https_ports"];

    /// <summary>Listens here unless <c>ASPNETCORE_URLS</c>, <c>--urls</c>, a list of ports or <c>Kestrel:Endpoints</c> says otherwise.</summary>
    public static void ListenByDefault(this WebApplicationBuilder builder, string address)
    {
        if (Ports.All(name => string.IsNullOrEmpty(builder.Configuration[name])) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(address);
    }
}
