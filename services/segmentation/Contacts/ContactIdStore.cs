using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// Hands out ids for new contacts from blocks of the database's sequence, a round trip a block. An id that
/// somebody already uses as an alias is left out, so that one text never means two contacts. Not safe for concurrent use.
/// </summary>
internal sealed class ContactIdStore
{
    /// <summary>How many ids are taken at once; what is left of a block is lost when the process ends.</summary>
    public const int BlockSize = 1_000;

    /// <summary>How far above the last id given out an alias may still become a contact's id while a transaction lasts.</summary>
    public const long Margin = 1_000_000;

    private readonly Queue<long> _free = new();

    /// <summary>
    /// To stand before the statements that make contacts or link aliases, in one transaction with them. Reserved ids lie in
    /// memory, so at one moment one transaction may make a contact whose id another links as an alias, and neither sees the other.
    /// Whoever links an alias in the range of ids waits here until all who make contacts are done, and they for it; then
    /// each statement sees what the other has done, and the later one takes nothing. An alias beyond the range, such as
    /// another system's long numbers, waits for nobody.
    /// </summary>
    /// <param name="creates">True if the transaction makes contacts.</param>
    /// <param name="aliases">The aliases that it links and that read as ids.</param>
    public static NpgsqlBatchCommand GuardCommand(bool creates, long[] aliases) => new("""
        select case
            when exists (select from unnest($1) as alias where alias <= (select last_value from segmentation.contact_ids) + $2)
                then pg_advisory_xact_lock($3)::text
            when $4 then pg_advisory_xact_lock_shared($3)::text
        end
        """)
    {
        Parameters =
        {
            new() { Value = aliases },
            new() { Value = Margin },
            new() { Value = Schema.AdvisoryLocks.ContactIds },
            new() { Value = creates },
        },
    };

    /// <summary>Makes sure that <paramref name="count"/> ids can be taken.</summary>
    public async Task ReserveAsync(NpgsqlConnection connection, int count, CancellationToken cancellationToken)
    {
        while (_free.Count < count)
        {
            await using var command = new NpgsqlCommand("""
                select id from (select nextval('segmentation.contact_ids') as id from generate_series(1, $1)) as block
                where not exists (select from segmentation.identifiers where kind = $2 and key = block.id::text)
                """, connection);
            command.Parameters.Add(new() { Value = BlockSize });
            command.Parameters.Add(new() { Value = IdentifierKind.ContactId });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                _free.Enqueue(reader.GetInt64(0));
        }
    }

    /// <summary>The next id; <see cref="ReserveAsync"/> must have made sure that there is one.</summary>
    public long Next() => _free.Dequeue();
}
