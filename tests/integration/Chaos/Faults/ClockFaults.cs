namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>Clocks that jump ahead or back, and back again.</summary>
internal static class ClockFaults
{
    private static readonly TimeSpan Farthest = TimeSpan.FromSeconds(20);

    public static IEnumerable<FaultKind> All(Stage stage) => stage.HasClocks
        ?
        [
            new("a replica's clock jumps", scene => JumpAsync(scene, scene.AnyReplica())),
            new("ingestion's clock jumps", scene => JumpAsync(scene, scene.Stage.Ingestion)),
        ]
        : [];

    private static Task JumpAsync(FaultScene scene, StagedService service) => scene.Stage.AloneAsync($"clock of {service.Name}", async () =>
    {
        var ahead = Farthest * ((2 * scene.Random.NextDouble()) - 1);
        scene.Tell(FormattableString.Invariant($"the clock of {service.Name} jumps by {ahead.TotalSeconds:+0.0;-0.0} s"));
        service.Clock!.Ahead = ahead;
        await scene.LastAsync();
        service.Clock.Ahead = TimeSpan.Zero;
    });
}
