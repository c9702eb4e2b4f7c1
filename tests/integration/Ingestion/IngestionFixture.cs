using System.Text.Json;
using EventSegmentation.IntegrationTests.Broker;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>One running ingestion for a class of tests, and a reader of what it publishes. Tests tell their events apart by id or type.</summary>
public sealed class IngestionFixture : IAsyncLifetime
{
    private QueueReader _published = null!;

    public TestVhost Vhost { get; } = new();

    public RunningIngestion Ingestion { get; private set; } = null!;

    public async Task<JsonElement> PublishedAsync(string eventId) => (await PublishedAsync(1, one => one.Text("eventId") == eventId))[0];

    public Task<IReadOnlyList<JsonElement>> PublishedAsync(int count, Func<JsonElement, bool> meant) => _published.NextEventsAsync(count, meant);

    /// <summary>The next message that is meant; others are passed over.</summary>
    public async Task<ReadMessage> MessageAsync(Func<ReadMessage, bool> meant)
    {
        while (true)
            if (await _published.NextAsync() is var message && meant(message))
                return message;
    }

    public async Task InitializeAsync()
    {
        await Vhost.InitializeAsync();
        Ingestion = await RunningIngestion.ReadyAsync(Vhost.Amqp);
        // The queue is there with the first publish.
        (await Ingestion.PostAsync("/api/v3/event", """{"eventTypeKey":"First"}""")).Status.Should().Be(202);
        _published = await RunningIngestion.NormalizedAsync(Vhost);
    }

    public async Task DisposeAsync()
    {
        await _published.DisposeAsync();
        await Ingestion.DisposeAsync();
        await Vhost.DisposeAsync();
        Vhost.Dispose();
    }
}
