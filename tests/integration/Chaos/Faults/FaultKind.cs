namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>A way in which something can go wrong, and how it comes to an end.</summary>
/// <param name="Name">As the plan and the journal call it.</param>
/// <param name="StrikeAsync">Makes it happen and ends it; returns when the system has all it needs again, which it may yet have to notice.</param>
internal sealed record FaultKind(string Name, Func<FaultScene, Task> StrikeAsync);

/// <summary>Where and how one fault happens.</summary>
/// <param name="Random">Decides what the fault chooses.</param>
/// <param name="Lasts">How long it goes on, where that means something.</param>
/// <param name="Tell">Says in the journal what was done.</param>
internal sealed record FaultScene(Stage Stage, Random Random, TimeSpan Lasts, Action<string> Tell)
{
    /// <summary>Any process of the services.</summary>
    public StagedService AnyService() => Random.GetItems([.. Stage.Services], 1)[0];

    public StagedService AnyReplica() => Random.GetItems([.. Stage.Replicas], 1)[0];

    /// <summary>Goes by while the fault lasts.</summary>
    public Task LastAsync() => Task.Delay(Lasts);
}
