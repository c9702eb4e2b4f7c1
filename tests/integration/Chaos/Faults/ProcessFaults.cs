namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>What happens to processes of the services.</summary>
internal static class ProcessFaults
{
    // Long enough for some work to be under way.
    private static readonly TimeSpan WorkUnderWay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(40);

    public static IEnumerable<FaultKind> All =>
    [
        new("ingestion is killed", scene => KillAsync(scene, scene.Stage.Ingestion)),
        new("ingestion stands still", scene => PauseAsync(scene, scene.Stage.Ingestion)),
        new("ingestion is restarted", scene => RestartAsync(scene, scene.Stage.Ingestion)),
        new("a replica is killed", scene => KillAsync(scene, scene.AnyReplica())),
        new("a replica stands still", scene => PauseAsync(scene, scene.AnyReplica())),
        new("a replica is restarted", scene => RestartAsync(scene, scene.AnyReplica())),
        new("ingestion is killed while the broker owes it an answer", scene => KillWaitingAsync(scene, scene.Stage.Ingestion, Stage.Broker)),
        new("a replica is killed while the broker owes it an answer", scene => KillWaitingAsync(scene, scene.AnyReplica(), Stage.Broker)),
        new("a replica is killed while the database owes it an answer", scene => KillWaitingAsync(scene, scene.AnyReplica(), Stage.Database)),
    ];

    private static Task KillAsync(FaultScene scene, StagedService service) => scene.Stage.AloneAsync(service.Name, async () =>
    {
        scene.Tell($"kill -9 {service.Name}");
        await service.Process.KillAsync();
        await scene.LastAsync();
        service.Process.Launch();
    });

    // The moment at which most can be lost or doubled, which a kill at any time seldom meets: what was asked is done and the answer
    // never comes, or it never arrives at all.
    private static Task KillWaitingAsync(FaultScene scene, StagedService service, string server) =>
        scene.Stage.AloneAsync($"{service.Name} to {server}", () => scene.Stage.AloneAsync(service.Name, async () =>
        {
            var line = service.Lines[server];
            var isDone = scene.Random.Next(2) == 0;
            scene.Tell($"what {service.Name} asks of the {server} {(isDone ? "is done, without an answer" : "does not arrive")}, then kill -9");
            if (isDone)
                line.HoldAnswers();
            else
                line.Hold();
            await Task.Delay(WorkUnderWay);
            await service.Process.KillAsync();
            line.Cut();
            line.Release();
            line.Mend();
            service.Process.Launch();
        }));

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
