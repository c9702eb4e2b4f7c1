using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Chaos.Checks;
using EventSegmentation.IntegrationTests.Chaos.Faults;
using EventSegmentation.IntegrationTests.Chaos.Load;
using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>A run of the simulation from an empty instance to its verdict.</summary>
/// <param name="findings">Takes what was found to be wrong; nothing if all promises were kept.</param>
internal sealed class ChaosRun(ChaosSettings settings, Journal journal, Findings findings)
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    // A timer is fired within a moment of its instant when nothing is in its way.
    private static readonly TimeSpan TimersLate = TimeSpan.FromSeconds(5);

    private readonly AcceptedEvents _accepted = new();
    private readonly EventMaker _maker = new(settings.Seed);

    public async Task ExecuteAsync()
    {
        journal.Write($"{settings}: starting servers and services …");
        await using var stage = await Stage.StartAsync(settings, journal);
        var poison = new PoisonFaults(_maker, _accepted);
        FaultKind[] all = [.. ProcessFaults.All, .. HalfDoneFaults.All, .. ServerFaults.All(stage), .. LineFaults.All, .. TransactionFaults.All, .. ClockFaults.All(stage), .. poison.All];
        var kinds = all.Where(kind => settings.Kinds.Length == 0 || settings.Kinds.Any(part => kind.Name.Contains(part, StringComparison.Ordinal))).ToArray();
        if (kinds.Length == 0)
            throw new InvalidOperationException($"no kind of fault is named by {settings}; there are: {string.Join("; ", all.Select(kind => kind.Name))}");
        var plan = FaultPlan.Make(settings.Seed, settings.Duration, [.. kinds.Select(kind => kind.Name)]);
        journal.Write($"the plan: {plan.Count} faults of {plan.Select(fault => fault.Kind).Distinct().Count()} of {kinds.Length} kinds");
        foreach (var fault in plan)
            journal.Write($"  {fault}");
        if (!stage.Servers.HasSmallDisk)
            journal.Write("  no full disk: no file system could be mounted for it");
        if (!stage.HasClocks)
            journal.Write("  no clock that jumps: there is no C compiler");

        await using var load = new ChaosLoad(stage, new(_maker, _accepted, findings), settings.Seed);
        await load.PrepareAsync();
        load.Start();
        var faults = new FaultRun(stage, kinds.ToDictionary(kind => kind.Name), findings);
        var running = faults.RunAsync(plan);
        while (await Task.WhenAny(running, Task.Delay(ProgressEvery)) != running)
            journal.Write($"  {_accepted.AcceptedCount} of {_accepted.Sent.Count} events accepted, {load.Subscriber.Received.Count} transitions received, {faults.Done.Values.Sum()} faults done");
        await running;
        journal.Write("the last fault is over");
        await load.StopSendingAsync();

        await CheckAsync(stage, load, poison);
        journal.Write($"{faults.Done.Values.Sum()} faults of {faults.Done.Count} kinds:");
        foreach (var (kind, count) in faults.Done.OrderBy(one => one.Key, StringComparer.Ordinal))
            journal.Write($"  {count,4} {kind}");
    }

    private async Task CheckAsync(Stage stage, ChaosLoad load, PoisonFaults poison)
    {
        using var queues = new BrokerQueues(stage.Servers);
        try
        {
            await stage.ReadyAsync();
        }
        catch (TimeoutException exception)
        {
            findings.Add(exception.Message);
        }

        await Settling.RunAsync(stage, queues, _accepted, load.Subscriber, findings);
        journal.Write("settled; checking …");
        await queues.CheckSetAsideAsync(poison.Published, findings);
        var people = await StoredPeople.ReadAsync(stage.Store);
        var cards = load.Cards.Account;
        if (!cards.HasBoth)
            findings.Add($"the load had {cards}: nothing is proved of merges or of erasures");
        await StreamCheck.RunAsync(stage.Store, people, _accepted, cards, findings);
        CardCheck.Run(people, cards, findings);
        await ErasureCheck.RunAsync(stage.Store, people, cards, findings);
        var definitions = await new ServingDefinitions(stage.Store).ReadAsync(CancellationToken.None);
        var compared = await MembershipCheck.RunAsync(stage.Store, people, definitions, load.List.Members, findings);

        // Nothing is written any more from here on.
        var ended = TimeProvider.System.GetUtcNow() - TimersLate;
        foreach (var replica in stage.Replicas)
            await replica.Process.StopAsync(TimersLate);
        var ledger = await LedgerLine.ReadAsync(stage.Store);
        await using var relay = stage.Store.CreateCommand("select min(position) from segmentation.checkpoints where name = 'relay'");
        var told = (long)(await relay.ExecuteScalarAsync())!;
        var received = await ReceivedAsync(load.Subscriber, told);
        LedgerCheck.Run(ledger, people, definitions, findings);
        DeliveryCheck.Run(ledger, told, received, people, findings);
        await ReplayCheck.RunAsync(stage.Store, ledger, people, ended, findings);
        journal.Write(
            $"{_accepted.AcceptedCount} events accepted of {_accepted.Sent.Count} sent; {people.Facts.Count} contacts, {people.Facts.Values.Sum(facts => facts.Count)} facts, "
            + $"{ledger.Count} transitions, {received.Count} deliveries, {compared} memberships compared; {poison.Published} bad messages set aside; {cards}");
    }

    // What the subscriber's queue still holds comes within a moment.
    private static async Task<IReadOnlyList<SegmentTransition>> ReceivedAsync(DurableSubscriber subscriber, long told)
    {
        await Eventually.BecomesAsync(
            () => Task.FromResult(subscriber.Received.Max(transition => transition.Position)), last => last >= told, "the last transition being received");
        return subscriber.Received;
    }
}
