using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What the projection writes is checked where it is written, before the commit that goes with it.</summary>
public sealed class CheckedWritesTests(StreamStore store) : IClassFixture<StreamStore>
{
    [Fact]
    public async Task Where_somebody_else_has_moved_one_checkpoint_nothing_is_committed()
    {
        await ExecuteAsync("update segmentation.checkpoints set position = case partition when 3 then 7 else 0 end where name = 'projector'");
        await using var connection = await store.Source.OpenConnectionAsync();
        var plan = await PlanStore.LoadAsync(connection, CancellationToken.None);
        await using (await connection.BeginTransactionAsync())
        {
            await using var writes = new ProjectionStore(connection, plan.Version, Partition.All);
            writes.MoveCheckpoints(Positions.At(Partition.All, 0), 10);

            await writes.Invoking(one => one.ExecuteAsync(commit: true, CancellationToken.None)).Should().ThrowAsync<OwnershipLostException>();
        }

        (await ScalarAsync("select sum(position)::bigint from segmentation.checkpoints where name = 'projector'")).Should().Be(7);
    }

    [Fact]
    public async Task Where_a_contact_has_gone_to_another_partition_nothing_is_committed()
    {
        await ExecuteAsync("""
            insert into segmentation.contact_states (contact_id, stream_version, epoch, number, partition) values (21, 1, 0, 0, 5), (37, 1, 0, 0, 5)
            """);
        await using var connection = await store.Source.OpenConnectionAsync();
        var plan = await PlanStore.LoadAsync(connection, CancellationToken.None);
        var contacts = await StateStore.LoadAsync(connection, plan, [21, 37], CancellationToken.None);
        foreach (var contact in contacts.Values)
            contact.Apply(new StoredEvent(Sequence: 1, contact.Id, Version: 2, DateTimeOffset.UnixEpoch, Fact: null), contacts);
        await ExecuteAsync("update segmentation.contact_states set partition = 6 where contact_id = 37");
        await using (await connection.BeginTransactionAsync())
        {
            await using var writes = new ProjectionStore(connection, plan.Version, [5]);
            writes.Add(contacts.Values);

            await writes.Invoking(one => one.ExecuteAsync(commit: true, CancellationToken.None)).Should().ThrowAsync<ContactMovedException>();
        }

        (await ScalarAsync("select sum(stream_version)::bigint from segmentation.contact_states where contact_id in (21, 37)")).Should().Be(2);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
