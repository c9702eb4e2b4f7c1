using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>What happens to the broker and to the database.</summary>
internal static class ServerFaults
{
    public static IEnumerable<FaultKind> All(Stage stage)
    {
        yield return new("the broker is killed", scene => AwayAsync(scene, Stage.Broker, "kill", "rabbitmq"));
        yield return new("the broker is restarted", scene => AwayAsync(scene, Stage.Broker, "stop", "rabbitmq"));
        yield return new("the broker stands still", StandStillAsync);
        yield return new("the broker takes nothing", BlockAsync);
        yield return new("the database is killed", scene => AwayAsync(scene, Stage.Database, "kill", "postgres"));
        yield return new("the database is restarted", scene => AwayAsync(scene, Stage.Database, "stop", "postgres"));
        yield return new("a session of the database crashes", CrashSessionAsync);
        yield return new("sessions of the database are ended", EndSessionsAsync);
        if (stage.Servers.HasSmallDisk)
            yield return new("the database's disk is full", FillDiskAsync);
    }

    private static Task AwayAsync(FaultScene scene, string target, string how, string server) => scene.Stage.AloneAsync(target, async () =>
    {
        scene.Tell($"{how} {server}");
        await scene.Stage.Servers.RunAsync(how, server);
        await scene.LastAsync();
        await scene.Stage.Servers.RunAsync("start", server);
    });

    private static Task StandStillAsync(FaultScene scene) => scene.Stage.AloneAsync(Stage.Broker, async () =>
    {
        if (scene.Stage.Servers.ProcessOf("rabbitmq") is not { } broker)
            return;
        scene.Tell("the broker stands still");
        await Signals.PauseAsync(broker);
        await scene.LastAsync();
        await Signals.ContinueAsync(broker);
    });

    private static Task BlockAsync(FaultScene scene) => scene.Stage.AloneAsync(Stage.Broker, async () =>
    {
        scene.Tell("the broker believes that its memory is full");
        await scene.Stage.Servers.RunAsync("block", "rabbitmq");
        await scene.LastAsync();
        await scene.Stage.Servers.RunAsync("unblock", "rabbitmq");
    });

    // One session that dies takes all others with it: the server starts itself anew.
    private static Task CrashSessionAsync(FaultScene scene) => scene.Stage.AloneAsync(Stage.Database, async () =>
    {
        var sessions = await SessionsAsync(scene, "true");
        if (sessions.Length == 0)
            return;
        var session = scene.Random.GetItems(sessions, 1)[0];
        scene.Tell($"kill -9 of session {session}");
        await Signals.KillAsync(session);
        await scene.LastAsync();
    });

    private static Task EndSessionsAsync(FaultScene scene) => scene.Stage.AloneAsync(Stage.Database, async () =>
    {
        var replica = scene.AnyReplica();
        var sessions = await SessionsAsync(scene, $"application_name = '{replica.Name}' and pg_terminate_backend(pid)");
        scene.Tell($"{sessions.Length} sessions of {replica.Name} are ended");
    });

    private static Task FillDiskAsync(FaultScene scene) => scene.Stage.AloneAsync(Stage.Database, async () =>
    {
        scene.Tell("the database's disk is full");
        await scene.Stage.Servers.RunAsync("fill", "disk");
        await scene.LastAsync();
        await scene.Stage.Servers.RunAsync("free", "disk");

        // It gives up by itself if it cannot write its log, now or a little later.
        await Eventually.BecomesAsync(
            async () =>
            {
                await scene.Stage.Servers.RunAsync("start", "postgres");
                return await AnswersAsync(scene.Stage.Store);
            },
            answers => answers, "the database answering after its disk was full");
    });

    private static async Task<bool> AnswersAsync(NpgsqlDataSource store)
    {
        try
        {
            await using var command = store.CreateCommand("select 1");
            await command.ExecuteScalarAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<int[]> SessionsAsync(FaultScene scene, string that)
    {
        await using var command = scene.Stage.Store.CreateCommand(
            $"select coalesce(array_agg(pid), '{{}}') from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() and application_name like 'replica%' and {that}");
        return (int[])(await command.ExecuteScalarAsync())!;
    }
}
