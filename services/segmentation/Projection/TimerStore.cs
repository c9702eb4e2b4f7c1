using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>Where a look at the timers has come to: they are looked at by instant, then by contact.</summary>
internal readonly record struct TimerPlace(DateTimeOffset Due, long ContactId)
{
    /// <summary>Before all timers.</summary>
    public static TimerPlace Start { get; } = new(DateTimeOffset.MinValue, 0);
}

/// <summary>Timers that are due.</summary>
/// <param name="Contacts">Whose they are.</param>
/// <param name="Last">The place of the last of them; <see cref="TimerPlace.Start"/> if there are no more.</param>
/// <param name="Next">The earliest instant at which one is due that is not due yet, or null.</param>
internal sealed record DueTimers(long[] Contacts, TimerPlace Last, DateTimeOffset? Next);

/// <summary>Says whose timers are due.</summary>
internal static class TimerStore
{
    /// <summary>The next contacts of partitions after a place with a timer that is due, and when the first one that is not due yet will be.</summary>
    public static async Task<DueTimers> NextAsync(
        NpgsqlConnection connection, IReadOnlyList<short> partitions, TimerPlace after, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    select contact_id, due from segmentation.contact_states
                    where due <= $1 and (due, contact_id) > ($2, $3) and partition = any($5) order by due, contact_id limit $4
                    """)
                {
                    Parameters =
                    {
                        new() { Value = now },
                        new() { Value = after.Due },
                        new() { Value = after.ContactId },
                        new() { Value = limit },
                        PartitionParameter.Of(partitions),
                    },
                },
                new("select min(due) from segmentation.contact_states where due > $1 and partition = any($2)")
                {
                    Parameters = { new() { Value = now }, PartitionParameter.Of(partitions) },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var contacts = new List<long>();
        var last = TimerPlace.Start;
        while (await reader.ReadAsync(cancellationToken))
        {
            last = new(reader.GetFieldValue<DateTimeOffset>(1), reader.GetInt64(0));
            contacts.Add(last.ContactId);
        }

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new([.. contacts], contacts.Count < limit ? TimerPlace.Start : last, reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0));
    }
}
