using System.Net;
using EventSegmentation.IntegrationTests.Segmentation;

namespace EventSegmentation.IntegrationTests.Security;

public sealed class CallRateTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task Each_key_of_segmentation_has_a_rate_of_its_own()
    {
        await service.StopAsync();
        await service.StartAsync("CallsPerSecond=1");
        using var reader = service.Reader();
        using var nobody = service.Client(null);

        (await reader.GetAsync("/api/segments")).StatusCode.Should().Be(HttpStatusCode.OK);
        var answer = await reader.GetAsync("/api/segments");

        answer.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        answer.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await service.Api.GetAsync("/api/segments")).StatusCode.Should().Be(HttpStatusCode.OK, "another key has its own");
        for (var i = 0; i < 3; i++)
            (await nobody.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK, "what is open has none");
    }
}
