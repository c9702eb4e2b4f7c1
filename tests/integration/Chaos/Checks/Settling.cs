using EventSegmentation.IntegrationTests.Chaos.Load;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>Waits until all that was accepted has gone its whole way. What is stuck then stays stuck.</summary>
internal static class Settling
{
    /// <summary>How long the system may take after the last fault.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    // The broker counts its messages anew every five seconds.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Returns when nothing is on its way any more, or with a finding after the limit.</summary>
    public static async Task RunAsync(Stage stage, BrokerQueues queues, AcceptedEvents accepted, DurableSubscriber subscriber, Findings findings)
    {
        var (began, calmSince) = (TimeProvider.System.GetTimestamp(), TimeProvider.System.GetTimestamp());
        while (TimeProvider.System.GetElapsedTime(calmSince) < Calm)
        {
            await Task.Delay(Look);
            if (await BusyAsync(stage, queues, accepted, subscriber) is not { Length: > 0 } busy)
                continue;
            calmSince = TimeProvider.System.GetTimestamp();
            if (TimeProvider.System.GetElapsedTime(began) < Limit)
                continue;
            findings.Add($"stuck for {Limit.TotalSeconds} s after the last fault: {busy}");
            return;
        }
    }

    // Empty if nothing is.
    private static async Task<string> BusyAsync(Stage stage, BrokerQueues queues, AcceptedEvents accepted, DurableSubscriber subscriber)
    {
        var waiting = await queues.WaitingAsync();
        var (stored, behind, untold, transitions) = await StoreAsync(stage.Store);
        var received = subscriber.Received.Select(transition => transition.Position).Distinct().Count();
        return string.Join("; ", new[]
        {
            waiting,
            stored < accepted.AcceptedCount ? $"{accepted.AcceptedCount} events were accepted and {stored} are stored" : "",
            behind > 0 ? $"the projection is {behind} facts behind" : "",
            untold > 0 ? $"the relay is {untold} transitions behind" : "",
            received < transitions ? $"the subscriber has {received} of {transitions} transitions" : "",
        }.Where(reason => reason.Length > 0));
    }

    private static async Task<(long Stored, long Behind, long Untold, long Transitions)> StoreAsync(NpgsqlDataSource store)
    {
        // Of an erased event its id is left, which is of version 8: no other fact's is.
        await using var command = store.CreateCommand("""
            select (select count(*) from public.mt_events where type = 'event_recorded') + (select count(*) from segmentation.unassigned_events)
                       + (select count(*) from public.mt_events where type = 'erased_fact' and substr(id::text, 15, 1) = '8') + (select count(*) from segmentation.erased_events),
                   (select max(seq_id) from public.mt_events) - (select min(position) from segmentation.checkpoints where name = 'projector'),
                   (select position from segmentation.ledger_end) - (select min(position) from segmentation.checkpoints where name = 'relay'),
                   (select count(*) from segmentation.ledger where number is not null)
            """);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }
}
