using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.IntegrationTests.Segmentation;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Replicas;

/// <summary>What holds of what several owners wrote.</summary>
internal static class ReplicaChecks
{
    /// <summary>Positions are without gaps up to the end, and a contact's numbers rise with them, one by one.</summary>
    public static async Task LedgerIsWholeAsync(Func<string, Task<bool>> scalarAsync)
    {
        (await scalarAsync("select (count(*), coalesce(min(position), 1), coalesce(max(position), 0)) = (select position, 1::bigint, position from segmentation.ledger_end) from segmentation.ledger"))
            .Should().BeTrue("positions are without gaps");
        (await scalarAsync("""
            select not exists (
                select from (select number, row_number() over (partition by contact_id order by position) as place from segmentation.ledger where number is not null) line
                where number <> place)
            """)).Should().BeTrue("a contact's numbers rise by one in the order of positions");
        (await scalarAsync("""
            select not exists (
                select from segmentation.contact_states s left join segmentation.contact_states into_ on into_.contact_id = s.merged_into
                where s.partition <> segmentation.partition_of(s.contact_id) or s.partition <> into_.partition)
            """)).Should().BeTrue("a person lies in one partition, and every contact where its next fact is expected");
    }

    /// <summary>One owner of all who follows the streams again from the beginning makes of them what is there. Nobody else may project.</summary>
    public static async Task ReplaysAsync(TestDatabase database)
    {
        var live = await database.ScalarAsync<string>(MergeWorld.Projected);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await Replaying.RunAsync(source);
        (await database.ScalarAsync<string>(MergeWorld.Projected)).Should().Be(live);
    }
}
