using System.Data;
using EventSegmentation.Segmentation.Segments;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The segments of a contact at an instant at which none of its timers is due, so that what is stored holds then.</summary>
internal sealed record SettledMemberships(DateTimeOffset Now, IReadOnlySet<string> Segments)
{
    /// <summary>How late a timer may be.</summary>
    public static readonly TimeSpan TimersCatchUp = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>None of a contact of which nothing is kept; null if a timer is later than that.</summary>
    /// <param name="since">Since when nothing keeps timers from firing; those that were due before may be late from then on.</param>
    public static async Task<SettledMemberships?> ReadAsync(NpgsqlDataSource store, long contact, DateTimeOffset since)
    {
        await using var connection = await store.OpenConnectionAsync();
        while (true)
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
            if (now - (due > since ? due : since) > TimersCatchUp)
                return null;
            await Task.Delay(Look);
        }
    }
}
