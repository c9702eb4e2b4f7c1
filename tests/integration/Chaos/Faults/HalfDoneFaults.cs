using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>
/// What happens just when work is done half: something is written and not committed, or published and not confirmed. Those moments take
/// a thousandth of a second, and what strikes at random misses them; so the line is made slow first, and they last.
/// </summary>
internal static class HalfDoneFaults
{
    private static readonly Written Events = new("events", Into: "public.mt_events", NotInto: "segmentation.contact_states");

    // Timers write them too, and keep the streams; what is followed from events is told by the checkpoint as well, so there is more to break.
    private static readonly Written Memberships = new("memberships", Into: "segmentation.contact_states", NotInto: "public.mt_streams");

    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan MostDelay = TimeSpan.FromMilliseconds(250);

    // Longer than whatever was begun before the line became slow, shorter than anybody's patience.
    private static readonly TimeSpan SlowFor = TimeSpan.FromSeconds(2);

    // Whoever was killed a moment ago must be back at work first.
    private static readonly TimeSpan WorkLimit = TimeSpan.FromSeconds(30);

    // Whoever has no news has no such moment.
    private static readonly TimeSpan MomentLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static IEnumerable<FaultKind> All =>
    [
        new("a replica is killed with events written and not committed", scene => UncommittedAsync(scene, Events, KillAsync)),
        new("a replica is killed with memberships written and not committed", scene => UncommittedAsync(scene, Memberships, KillAsync)),
        new("a replica loses the database with something written and not committed", scene =>
            UncommittedAsync(scene, scene.Random.Next(2) == 0 ? Events : Memberships, scene.Random.Next(2) == 0 ? CutAsync : EndSessionsAsync)),
        new("a replica is killed with something published and not confirmed", scene => UnconfirmedAsync(scene, scene.AnyReplica(), KillAsync)),
        new("ingestion is killed with something published and not confirmed", scene => UnconfirmedAsync(scene, scene.Stage.Ingestion, KillAsync)),
        new("a line is cut with something published and not confirmed", scene => UnconfirmedAsync(scene, scene.AnyService(), CutAsync)),
    ];

    private static Task UncommittedAsync(FaultScene scene, Written what, Func<HalfDone, Task<string>> endAsync) =>
        SlowAsync(scene, scene.AnyReplica(), Stage.Database, async half =>
        {
            var isMet = await UntilAsync(scene.Stage.Store, MomentLimit, """
                select exists (
                    select from pg_stat_activity a where a.application_name = $1 and a.state = 'idle in transaction' and a.backend_xid is not null
                      and exists (select from pg_locks l where l.pid = a.pid and l.relation = $2::regclass and l.mode = 'RowExclusiveLock')
                      and not exists (select from pg_locks l where l.pid = a.pid and l.relation = $3::regclass and l.mode = 'RowExclusiveLock'))
                """, half.Service.Name, what.Into, what.NotInto);
            scene.Tell($"{half.Service.Name} {(isMet ? "has written" : "does not write")} {what.Name}: {await endAsync(half)}");
        });

    private static Task UnconfirmedAsync(FaultScene scene, StagedService service, Func<HalfDone, Task<string>> endAsync) =>
        SlowAsync(scene, service, Stage.Broker, async half =>
        {
            await Task.Delay(SlowFor * (0.5 + scene.Random.NextDouble()));
            scene.Tell($"{service.Name} waits for confirms: {await endAsync(half)}");
        });

    private static Task SlowAsync(FaultScene scene, StagedService service, string server, Func<HalfDone, Task> strikeAsync) =>
        scene.Stage.AloneAsync($"{service.Name} to {server}", () => scene.Stage.AloneAsync(service.Name, async () =>
        {
            var line = service.Lines[server];
            if (service != scene.Stage.Ingestion && !await IsAtWorkAsync(scene.Stage.Store, service))
                scene.Tell($"{service.Name} is not at work");
            var delay = LeastDelay + ((MostDelay - LeastDelay) * scene.Random.NextDouble());
            scene.Tell(FormattableString.Invariant($"the line of {service.Name} to the {server} takes {delay.TotalMilliseconds:0} ms longer each way"));
            line.Delay = delay;
            try
            {
                await strikeAsync(new(scene.Stage.Store, service, line));
            }
            finally
            {
                line.Delay = TimeSpan.Zero;
            }
        }));

    // What is on its way to the server goes with the process.
    private static async Task<string> KillAsync(HalfDone half)
    {
        half.Line.Cut();
        await half.Service.Process.KillAsync();
        half.Line.Mend();
        half.Service.Process.Launch();
        return "kill -9";
    }

    private static Task<string> CutAsync(HalfDone half)
    {
        half.Line.Cut();
        half.Line.Mend();
        return Task.FromResult("its line is cut");
    }

    private static async Task<string> EndSessionsAsync(HalfDone half)
    {
        await using var command = half.Store.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and application_name = $1");
        command.Parameters.Add(new() { Value = half.Service.Name });
        await command.ExecuteNonQueryAsync();
        return "its sessions are ended";
    }

    // Until it owns partitions.
    private static Task<bool> IsAtWorkAsync(NpgsqlDataSource store, StagedService service) => UntilAsync(store, WorkLimit, $"""
        select exists (
            select from pg_stat_activity a join pg_locks l on l.pid = a.pid
            where a.application_name = $1 and l.locktype = 'advisory' and l.classid = {AdvisoryLocks.Partitions}::oid and l.granted)
        """, service.Name);

    /// <summary>Returns as soon as the database says so; false if it does not within a limit, be it that it is away.</summary>
    private static async Task<bool> UntilAsync(NpgsqlDataSource store, TimeSpan limit, string question, params string[] parameters)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < limit; await Task.Delay(Look))
        {
            try
            {
                await using var connection = await store.OpenConnectionAsync();
                await using var command = new NpgsqlCommand(question, connection);
                foreach (var parameter in parameters)
                    command.Parameters.Add(new() { Value = parameter });
                while (TimeProvider.System.GetElapsedTime(began) < limit)
                {
                    if ((bool)(await command.ExecuteScalarAsync())!)
                        return true;
                    await Task.Delay(Look);
                }
            }
            catch (NpgsqlException)
            {
                // Another fault has taken the database away; it comes back.
            }
        }

        return false;
    }

    /// <summary>What a transaction has written.</summary>
    /// <param name="Into">A table that it has written to.</param>
    /// <param name="NotInto">A table that it has not written to.</param>
    private sealed record Written(string Name, string Into, string NotInto);

    /// <summary>Who is in the middle of something.</summary>
    private sealed record HalfDone(NpgsqlDataSource Store, StagedService Service, CuttableProxy Line);
}
