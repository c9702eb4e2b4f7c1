using EventSegmentation.IntegrationTests.Broker;

namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>What happens to the connections between a service and its servers.</summary>
internal static class LineFaults
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(300);

    public static IEnumerable<FaultKind> All =>
    [
        new("a line to the broker is cut", scene => CutAsync(scene, Stage.Broker)),
        new("a line to the database is cut", scene => CutAsync(scene, Stage.Database)),
        new("a line to the broker is slow", scene => SlowAsync(scene, Stage.Broker)),
        new("a line to the database is slow", scene => SlowAsync(scene, Stage.Database)),
        new("a line to the broker is silent", scene => SilentAsync(scene, Stage.Broker)),
        new("a line to the database is silent", scene => SilentAsync(scene, Stage.Database)),
        new("a line to the broker brings no answers", scene => UnansweredAsync(scene, Stage.Broker)),
        new("a line to the database brings no answers", scene => UnansweredAsync(scene, Stage.Database)),
    ];

    private static Task CutAsync(FaultScene scene, string server) => DisturbAsync(scene, server, "is cut", line => line.Cut(), line => line.Mend());

    private static Task SlowAsync(FaultScene scene, string server)
    {
        var delay = LongestDelay * scene.Random.NextDouble();
        return DisturbAsync(scene, server, FormattableString.Invariant($"takes {delay.TotalMilliseconds:0} ms longer"), line => line.Delay = delay, line => line.Delay = TimeSpan.Zero);
    }

    private static Task SilentAsync(FaultScene scene, string server) => DisturbAsync(scene, server, "is silent", line => line.Hold(), End(scene));

    // The worst of them: what was asked is done, and nobody learns of it.
    private static Task UnansweredAsync(FaultScene scene, string server) => DisturbAsync(scene, server, "brings no answers", line => line.HoldAnswers(), End(scene));

    // What was held arrives late, or never.
    private static Action<CuttableProxy> End(FaultScene scene) => scene.Random.Next(2) == 0
        ? line => line.Release()
        : line =>
        {
            line.Cut();
            line.Release();
            line.Mend();
        };

    private static Task DisturbAsync(FaultScene scene, string server, string what, Action<CuttableProxy> begin, Action<CuttableProxy> end)
    {
        var service = scene.Random.GetItems([.. scene.Stage.Services.Where(one => one.Lines.ContainsKey(server))], 1)[0];
        return scene.Stage.AloneAsync($"{service.Name} to {server}", async () =>
        {
            scene.Tell($"the line of {service.Name} to the {server} {what}");
            begin(service.Lines[server]);
            await scene.LastAsync();
            end(service.Lines[server]);
        });
    }
}
