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

    private readonly Queue<long> _free = new();

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
