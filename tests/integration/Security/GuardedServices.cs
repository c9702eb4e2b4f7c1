using System.Net.Mime;
using EventSegmentation.IntegrationTests.Ingestion;
using EventSegmentation.IntegrationTests.Segmentation;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Both services, each with keys, for a class of tests.</summary>
public sealed class GuardedServices : IAsyncLifetime, IDisposable
{
    private readonly SegmentationService _segmentation = new();
    private RunningIngestion _ingestion = null!;

    /// <summary>What is sent under the name of a column of the table; null for nothing.</summary>
    public static IReadOnlyDictionary<string, string?> Keys { get; } = new Dictionary<string, string?>
    {
        ["none"] = null,
        ["wrong"] = "a-key-that-nobody-has-made",
        ["write"] = RunningIngestion.Key,
        ["read"] = SegmentationService.ReadKey,
        ["admin"] = SegmentationService.AdminKey,
    };

    public async Task InitializeAsync()
    {
        await _segmentation.InitializeAsync();
        _ingestion = await RunningIngestion.ReadyAsync(_segmentation.Broker);
    }

    public async Task DisposeAsync()
    {
        await _ingestion.DisposeAsync();
        await _segmentation.DisposeAsync();
    }

    public void Dispose() => _segmentation.Dispose();

    /// <summary>The calls that a service has, by method and route, each with the content type that it takes.</summary>
    public IReadOnlyDictionary<string, string> Calls(string service) => (
        from endpoint in (service == "ingestion" ? _ingestion.Endpoints : _segmentation.Endpoints).OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET"]
        select KeyValuePair.Create(
            $"{method} /{endpoint.RoutePattern.RawText!.TrimStart('/')}",
            endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0] ?? MediaTypeNames.Application.Json)).ToDictionary();

    /// <summary>The address of a service.</summary>
    public Uri Address(string service)
    {
        using var client = _segmentation.Client(null);
        return service == "ingestion" ? _ingestion.Http.BaseAddress! : client.BaseAddress!;
    }
}
