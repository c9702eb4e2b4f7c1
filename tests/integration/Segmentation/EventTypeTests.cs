using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class EventTypeTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task Fifty_types_are_on_at_most_and_switching_one_off_frees_a_place()
    {
        for (var i = 1; i <= 50; i++)
            (await SwitchAsync($"Type{i}", on: true)).StatusCode.Should().Be(HttpStatusCode.OK);

        var beyond = await SwitchAsync("Type51", on: true);
        beyond.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await beyond.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain("50").And.Contain("Type51");
        (await SwitchAsync("Type1", on: true)).StatusCode.Should().Be(HttpStatusCode.OK, "it is on already");

        (await SwitchAsync("Type1", on: false)).EnsureSuccessStatusCode();
        (await SwitchAsync("Type51", on: true)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await service.GetAsync("/api/event-types")).GetProperty("placesLeft").GetInt32().Should().Be(0);
    }

    [Theory]
    [InlineData("GET", "/api/segments", null, HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/segments", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/segments", "read", HttpStatusCode.OK)]
    [InlineData("DELETE", "/api/segments/none", "read", HttpStatusCode.Forbidden)]
    [InlineData("DELETE", "/api/segments/none", "admin", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/contacts/none", "read", HttpStatusCode.NotFound)]
    [InlineData("GET", "/health/ready", null, HttpStatusCode.OK)]
    [InlineData("GET", "/openapi/v1.json", null, HttpStatusCode.OK)]
    [InlineData("GET", "/nothing", null, HttpStatusCode.NotFound)]
    public async Task Keys_open_what_they_should(string method, string path, string? key, HttpStatusCode expected)
    {
        using var client = key switch
        {
            "read" => service.Reader(),
            "admin" => service.Client("admin-key-of-the-tests"),
            _ => service.Client(key),
        };

        var answer = await client.SendAsync(new(new(method), path));

        answer.StatusCode.Should().Be(expected);
    }

    private Task<HttpResponseMessage> SwitchAsync(string type, bool on) =>
        service.Api.PutAsJsonAsync($"/api/event-types/{type}/segmentation", new { on });
}
