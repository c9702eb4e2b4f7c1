using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Faults;

/// <summary>Transactions of somebody else that stay open.</summary>
internal static class TransactionFaults
{
    private const string Target = "open transaction";

    public static IEnumerable<FaultKind> All =>
    [
        new("a gap in the sequence stays open", scene => HoldAsync(scene, "a number of the sequence is taken and not used", "select nextval('public.mt_events_sequence') from generate_series(1, 3)")),
        new("streams stay locked", scene => HoldAsync(scene, "half of the streams are locked", "select from public.mt_streams where hashtext(id) % 2 = 0 order by id for update")),
        new("a table stays locked", scene => HoldAsync(scene, "the states of contacts are locked", "lock table segmentation.contact_states in share mode")),
    ];

    private static Task HoldAsync(FaultScene scene, string what, string sql) => scene.Stage.AloneAsync(Target, async () =>
    {
        await using var connection = await scene.Stage.Store.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(sql, connection))
            await command.ExecuteNonQueryAsync();
        scene.Tell(what);
        await scene.LastAsync();
        await transaction.RollbackAsync();
    });
}
