namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>What holds of the ledger and the memberships whenever nothing is being written.</summary>
internal static class LedgerSum
{
    /// <summary>
    /// Live members are what the ledger adds up to, nobody entered twice or left twice, numbers are without gaps, and nothing
    /// is kept of editions that have ended.
    /// </summary>
    public static async Task CheckAsync(Func<string, Task<long>> scalarAsync)
    {
        (await scalarAsync("""
            select count(*) from (
                select distinct on (segment_id, contact_id) segment_id, contact_id, entered, at from segmentation.ledger order by segment_id, contact_id, position desc
            ) fold
            full join (
                select e.segment_id, m.contact_id, m.since from segmentation.editions e join segmentation.memberships m on m.edition_id = e.id where e.state = 'live'
            ) members on members.segment_id = fold.segment_id and members.contact_id = fold.contact_id
            where coalesce(fold.entered, false) <> (members.contact_id is not null) or (fold.entered and fold.at <> members.since)
            """)).Should().Be(0, "live members are what the ledger adds up to");
        (await scalarAsync("""
            select count(*) from (
                select entered, lag(entered, 1, false) over (partition by segment_id, contact_id order by position) as before from segmentation.ledger
            ) line where entered = before
            """)).Should().Be(0, "nobody enters or leaves twice");
        (await scalarAsync("""
            select count(*) from (select number, row_number() over (partition by contact_id order by position) as place from segmentation.ledger where number is not null) line
            where number <> place
            """)).Should().Be(0, "numbers are without gaps");
        (await scalarAsync("""
            select count(*) from (select at, lag(at) over (partition by contact_id order by position) as before from segmentation.ledger) line where at < before
            """)).Should().Be(0, "a contact's time does not go back");
        (await scalarAsync("""
            select count(*) from segmentation.memberships m
            where not exists (select from segmentation.editions e where e.id = m.edition_id and e.state <> 'retired')
            """)).Should().Be(0, "nothing is kept of what has ended");
    }
}
