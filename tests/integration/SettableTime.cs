namespace EventSegmentation.IntegrationTests;

/// <summary>A clock that stands until the test moves it.</summary>
internal sealed class SettableTime(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
