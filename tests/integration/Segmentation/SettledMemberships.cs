using System.Data;
using EventSegmentation.Segmentation.Segments;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The segments of a contact at an instant at which none of its timers is due, so that what is stored holds then.</summary>
internal sealed record SettledMemberships(DateTimeOffset Now, IReadOnlySet<string> Segments)
{
    /// <summary>The longest that is waited for a timer that is overdue.</summary>
    public static readonly TimeSpan TimersCatchUp = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>None of a contact of which nothing is kept; null if a timer is overdue for longer than <see cref="TimersCatchUp"/>.</summary>
    public static async Task<SettledMemberships?> ReadAsync(NpgsqlDataSource store, long contact)
    {
        await using var connection = await store.OpenConnectionAsync();
        for (var waited = TimeSpan.Zero; waited < TimersCatchUp; waited += Look)
        {
            await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
            await using var batch = new NpgsqlBatch(connection, snapshot);
            batch.BatchCommands.Add(new("select coalesce(due, 'infinity'), clock_timestamp() from segmentation.contact_states where contact_id = $1")
            {
                Parameters = { new() { Value = contact } },
            });
            batch.BatchCommands.Add(MembershipStore.Command(contact));
            await using var reader = await batch.ExecuteReaderAsync();
            if (!await reader.ReadAsync())
                return new(DateTimeOffset.UtcNow, new HashSet<string>());
            var (due, now) = (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
            await reader.NextResultAsync();
            var segments = await MembershipStore.ReadAsync(reader, CancellationToken.None);
            if (due > now)
                return new(now, segments.Select(segment => segment.Key).ToHashSet());
            await Task.Delay(Look);
        }

        return null;
    }
}
