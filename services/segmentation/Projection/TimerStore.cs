using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>Where a look at the timers has come to: they are looked at by instant, then by contact.</summary>
internal readonly record struct TimerPlace(DateTimeOffset Due, long ContactId)
{
    /// <summary>Before all timers.</summary>
    public static TimerPlace Start { get; } = new(DateTimeOffset.MinValue, 0);
}

/// <summary>Says whose timers are due.</summary>
internal static class TimerStore
{
    /// <summary>The next contacts of partitions after a place with a timer that is due, and the place of the last of them; <see cref="TimerPlace.Start"/> if there are no more.</summary>
    public static async Task<(long[] Contacts, TimerPlace Last)> NextAsync(
        NpgsqlConnection connection, IReadOnlyList<short> partitions, TimerPlace after, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select contact_id, due from segmentation.contact_states
            where due <= $1 and (due, contact_id) > ($2, $3) and partition = any($5) order by due, contact_id limit $4
            """, connection);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = after.Due });
        command.Parameters.Add(new() { Value = after.ContactId });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(PartitionParameter.Of(partitions));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var contacts = new List<long>();
        var last = TimerPlace.Start;
        while (await reader.ReadAsync(cancellationToken))
        {
            last = new(reader.GetFieldValue<DateTimeOffset>(1), reader.GetInt64(0));
            contacts.Add(last.ContactId);
        }

        return ([.. contacts], contacts.Count < limit ? TimerPlace.Start : last);
    }

    /// <summary>The earliest instant after <paramref name="after"/> at which a timer of partitions is due, or null.</summary>
    public static async Task<DateTimeOffset?> NextDueAsync(NpgsqlConnection connection, IReadOnlyList<short> partitions, DateTimeOffset after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select min(due) from segmentation.contact_states where due > $1 and partition = any($2)", connection);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(PartitionParameter.Of(partitions));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0);
    }
}
