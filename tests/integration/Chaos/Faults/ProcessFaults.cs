namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>What happens to processes of the services.</summary>
internal static class ProcessFaults
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(40);

    public static IEnumerable<FaultKind> All =>
    [
        new("ingestion is killed", scene => KillAsync(scene, scene.Stage.Ingestion)),
        new("ingestion stands still", scene => PauseAsync(scene, scene.Stage.Ingestion)),
        new("ingestion is restarted", scene => RestartAsync(scene, scene.Stage.Ingestion)),
        new("a replica is killed", scene => KillAsync(scene, scene.AnyReplica())),
        new("a replica stands still", scene => PauseAsync(scene, scene.AnyReplica())),
        new("a replica is restarted", scene => RestartAsync(scene, scene.AnyReplica())),
    ];

    private static Task KillAsync(FaultScene scene, StagedService service) => scene.Stage.AloneAsync(service.Name, async () =>
    {
        scene.Tell($"kill -9 {service.Name}");
        await service.Process.KillAsync();
        await scene.LastAsync();
        service.Process.Launch();
    });

    private static Task PauseAsync(FaultScene scene, StagedService service) => scene.Stage.AloneAsync(service.Name, async () =>
    {
        scene.Tell($"{service.Name} stands still");
        await Signals.PauseAsync(service.Process.Id);
        await scene.LastAsync();
        await Signals.ContinueAsync(service.Process.Id);
    });

    private static Task RestartAsync(FaultScene scene, StagedService service) => scene.Stage.AloneAsync(service.Name, async () =>
    {
        scene.Tell($"{service.Name} is asked to end");
        var ended = await service.Process.StopAsync(StopLimit);
        scene.Tell(ended ? $"{service.Name} has ended" : $"{service.Name} did not end within {StopLimit.TotalSeconds} s and was killed");
        service.Process.Launch();
    });
}
