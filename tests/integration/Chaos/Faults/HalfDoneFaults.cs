using EventSegmentation.IntegrationTests.Broker;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>
/// What happens just when work is done half: something is written and not committed, or published and not confirmed. Those moments take
/// a thousandth of a second, and what strikes at random misses them; so the line is made slow first, and they last.
/// </summary>
internal static class HalfDoneFaults
{
    private const string Events = "public.mt_events";
    private const string States = "segmentation.contact_states";

    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan MostDelay = TimeSpan.FromMilliseconds(250);

    // Longer than whatever was begun before the line became slow, shorter than anybody's patience.
    private static readonly TimeSpan SlowFor = TimeSpan.FromSeconds(2);

    // Whoever owns nothing, or has no news, has no such moment.
    private static readonly TimeSpan MomentLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static IEnumerable<FaultKind> All =>
    [
        new("a replica is killed with events written and not committed", scene => UncommittedAsync(scene, Events, KillAsync)),
        new("a replica is killed with memberships written and not committed", scene => UncommittedAsync(scene, States, KillAsync)),
        new("a replica loses the database with something written and not committed", scene =>
            UncommittedAsync(scene, scene.Random.Next(2) == 0 ? Events : States, scene.Random.Next(2) == 0 ? CutAsync : EndSessionsAsync)),
        new("a replica is killed with something published and not confirmed", scene => UnconfirmedAsync(scene, scene.AnyReplica(), KillAsync)),
        new("ingestion is killed with something published and not confirmed", scene => UnconfirmedAsync(scene, scene.Stage.Ingestion, KillAsync)),
        new("a line is cut with something published and not confirmed", scene => UnconfirmedAsync(scene, scene.AnyService(), CutAsync)),
    ];

    private static Task UncommittedAsync(FaultScene scene, string table, Func<HalfDone, Task<string>> endAsync) =>
        SlowAsync(scene, scene.AnyReplica(), Stage.Database, async half =>
        {
            var isMet = await MomentAsync(scene.Stage.Store, half.Service.Name, table);
            scene.Tell($"{half.Service.Name} {(isMet ? "has written" : "writes nothing")} to {table}: {await endAsync(half)}");
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

    /// <summary>Returns while a transaction of a replica has written to a table and is open; false if there is none for long, or no database.</summary>
    private static async Task<bool> MomentAsync(NpgsqlDataSource store, string replica, string table)
    {
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            await using var connection = await store.OpenConnectionAsync();
            await using var command = new NpgsqlCommand("""
                select exists (
                    select from pg_stat_activity a join pg_locks l on l.pid = a.pid
                    where a.application_name = $1 and a.state = 'idle in transaction' and a.backend_xid is not null
                      and l.relation = $2::regclass and l.mode = 'RowExclusiveLock')
                """, connection) { Parameters = { new() { Value = replica }, new() { Value = table } } };
            while (TimeProvider.System.GetElapsedTime(began) < MomentLimit)
            {
                if ((bool)(await command.ExecuteScalarAsync())!)
                    return true;
                await Task.Delay(Look);
            }
        }
        catch (NpgsqlException)
        {
            // Another fault has taken the database away.
        }

        return false;
    }

    /// <summary>Who is in the middle of something.</summary>
    private sealed record HalfDone(NpgsqlDataSource Store, StagedService Service, CuttableProxy Line);
}
