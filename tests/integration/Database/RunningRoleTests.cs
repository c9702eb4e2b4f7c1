using EventSegmentation.IntegrationTests.Segmentation;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Database;

/// <summary>The service runs as a role that owns nothing: it does its work, and can do no more than that.</summary>
public sealed class RunningRoleTests : IAsyncLifetime, IDisposable
{
    private readonly SegmentationService _service = new();
    private string _running = null!;

    public async Task InitializeAsync()
    {
        await _service.InitializeAsync();
        _running = new NpgsqlConnectionStringBuilder(TestEnvironment.RunningDatabase) { Database = new NpgsqlConnectionStringBuilder(_service.Database.ConnectionString).Database }.ConnectionString;
        await _service.StopAsync();
        await _service.StartAsync($"Database={_running}", $"MigrationDatabase={_service.Database.ConnectionString}");
    }

    public Task DisposeAsync() => _service.DisposeAsync();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task The_service_does_all_its_work_with_rights_to_rows()
    {
        // Twice: the second time nothing is left to be brought forward, and no owner is needed.
        await _service.StopAsync();
        await _service.StartAsync($"Database={_running}");

        await _service.SwitchOnAsync("Ran");
        await _service.CreateSegmentAsync("runners", """{"event":"Ran","period":"all time"}""");
        await _service.CreateSegmentAsync("few", """{"event":"Ran","count":{"atLeast":1},"period":"last 1 second"}""");
        await _service.SendAsync(SegmentationService.Event("Ran", new { ContactId = "ada", Email = "ada@example.com" }), SegmentationService.Event("Ran", new { ContactId = "bob" }), SegmentationService.Event("Ran", new { nobody = 1 }));
        await _service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "few", Kind: "exited" }, "somebody leaving by the clock");
        var ada = (await _service.CardAsync("contactId:ada")).GetProperty("contactId").GetString();
        var bob = (await _service.CardAsync("contactId:bob")).GetProperty("contactId").GetString();

        foreach (var (method, path, body) in new (string, string, string?)[]
        {
            ("PUT", "/api/matching-rule", """{"on":true,"contactField":"email","parameter":"mail"}"""),
            ("POST", "/api/events/rematch", null),
            ("PATCH", $"/api/contacts/{ada}", """{"fields":{"city":"Paris"}}"""),
            ("POST", "/api/segments", """{"key":"chosen","name":"Chosen","kind":"static"}"""),
            ("POST", $"/api/contacts/{bob}/merge", $$"""{"into":"{{ada}}"}"""),
            ("POST", $"/api/contacts/{bob}/unmerge", null),
            ("PUT", "/api/segment-groups/g", """{"segments":["few","runners"]}"""),
            ("POST", "/api/segments/preview", """{"condition":{"event":"Ran","period":"all time"}}"""),
            ("GET", "/api/audit", null),
            ("GET", $"/api/contacts/{ada}/segments/runners/explain", null),
            ("GET", "/api/events?state=unassigned", null),
            ("GET", $"/api/contacts/{ada}/export", null),
            ("DELETE", $"/api/contacts/{ada}", null),
            ("DELETE", "/api/segments/chosen", null),
        })
        {
            using var answer = await _service.SendAsync(method, path, body);
            answer.IsSuccessStatusCode.Should().BeTrue($"{method} {path} answers {await answer.Content.ReadAsStringAsync()}");
        }

        await Eventually.BecomesAsync(() => _service.MembersAsync("runners"), members => members.Count == 1, "ada being erased");
    }

    [Theory]
    [InlineData("create table public.mine (n int)")]
    [InlineData("create table segmentation.mine (n int)")]
    [InlineData("create schema mine")]
    [InlineData("alter table segmentation.segments add column mine int")]
    [InlineData("create index mine on public.mt_events (type)")]
    [InlineData("drop table segmentation.ledger")]
    [InlineData("truncate segmentation.ledger")]
    [InlineData("truncate public.mt_events cascade")]
    [InlineData("delete from public.mt_events")]
    [InlineData("delete from public.mt_streams")]
    [InlineData("insert into public.segmentation_migrations (script) values ('mine')")]
    [InlineData("delete from public.segmentation_migrations")]
    [InlineData("select * from public.mt_event_progression")]
    [InlineData("create or replace function segmentation.hold_plan(evaluated bigint) returns void language sql as ''")]
    [InlineData("create role mine")]
    public async Task Its_role_cannot(string statement)
    {
        await using var source = NpgsqlDataSource.Create(_running);
        await using var command = source.CreateCommand(statement);
        var act = () => command.ExecuteNonQueryAsync();
        (await act.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege);
    }
}
