using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What the running service makes of a swap that fails.</summary>
public sealed class SwapFaultTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_swap_that_loses_a_deadlock_is_made_by_the_next_try()
    {
        await service.SwitchOnAsync("Locked");
        await service.CreateSegmentAsync("locked", Condition(1));
        await service.SendAsync(Event("Locked", new { ContactId = "of-locked", amount = 1 }));
        await Eventually.BecomesAsync(() => service.MembersAsync("locked"), members => members.Count == 1, "the member");

        // Either of the two may be the one that is broken off; only the swap is of interest.
        var version = 1;
        while (await RivalLosesAsync(version++))
            await LiveAsync(version);
        await LiveAsync(version);

        (await service.Database.ScalarAsync<string>("select string_agg(version || case when entered then '+' else '-' end, ' ' order by number) from segmentation.ledger"))
            .Should().Be(string.Join(' ', Enumerable.Range(1, version).Select(number => number % 2 == 1 ? $"{number}+" : $"{number}-")));
        (await service.MembersAsync("locked")).Should().HaveCount(version % 2);
    }

    // Holds what the swap wants, and then wants what the swap holds.
    private async Task<bool> RivalLosesAsync(int version)
    {
        await using var rival = new NpgsqlConnection(service.Database.ConnectionString);
        await rival.OpenAsync();
        await using var transaction = await rival.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand($"select from segmentation.segment_versions where version = {version} for no key update", rival);
        await hold.ExecuteNonQueryAsync();
        var edit = await service.Api.PutAsJsonAsync("/api/segments/locked", new { name = "Locked", condition = JsonElement.Parse(Condition(1 + (version % 2))) });
        edit.EnsureSuccessStatusCode();
        await Eventually.BecomesAsync(
            () => service.Database.ScalarAsync<bool>($"select exists (select from pg_stat_activity where {rival.ProcessID} = any(pg_blocking_pids(pid)))"), isHeld => isHeld, "the swap waiting");
        try
        {
            await using var want = new NpgsqlCommand("select from segmentation.plan for update", rival);
            await want.ExecuteNonQueryAsync();
            return false;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            return true;
        }
    }

    private Task<JsonElement> LiveAsync(int version) => Eventually.BecomesAsync(
        () => service.GetAsync("/api/segments/locked"),
        segment => segment.GetProperty("version").GetInt32() == version && segment.GetProperty("build").ValueKind == JsonValueKind.Null,
        $"version {version} being live");

    private static string Condition(int amount) => $$"""{"event":"Locked","where":{"param":"amount","atLeast":{{amount}}},"period":"all time"}""";
}
