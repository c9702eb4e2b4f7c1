using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>Which stored events say one of some values, anywhere in them.</summary>
internal static class NamingRows
{
    /// <summary>The store's ids of them, of those with a contact and of those without. Waits for a database that is away.</summary>
    /// <param name="values">Whole ones, in small letters, or their beginnings up to a hyphen.</param>
    public static async Task<HashSet<Guid>> ReadAsync(NpgsqlDataSource store, IEnumerable<string> values)
    {
        string[] patterns = [.. values.Select(value => value.EndsWith('-') ? $"%\"{value}%" : $"%\"{value}\"%")];
        var (began, rows) = (TimeProvider.System.GetTimestamp(), new HashSet<Guid>());
        while (true)
        {
            try
            {
                await using var command = store.CreateCommand("""
                    select id from public.mt_events where lower(data::text) like any($1)
                    union all select id from segmentation.unassigned_events where lower(params::text) like any($1)
                    """);
                command.Parameters.Add(new() { Value = patterns });
                await using var reader = await command.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                    rows.Add(reader.GetGuid(0));
                return rows;
            }
            catch (NpgsqlException) when (TimeProvider.System.GetElapsedTime(began) < Deadline.Default)
            {
                rows.Clear();
                await Task.Delay(Sending.RetryPause, CancellationToken.None);
            }
        }
    }
}
