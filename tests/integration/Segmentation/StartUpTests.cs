using System.Net;
using System.Text.Json;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.Segmentation;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The service starts before its servers, waits for them, and says for which; ready is the truth of this moment.</summary>
public sealed class StartUpTests : IAsyncLifetime, IDisposable
{
    private readonly TestVhost _vhost = new();
    private TestDatabase _database = null!;
    private CuttableProxy _toDatabase = null!;
    private CuttableProxy _toBroker = null!;

    public async Task InitializeAsync()
    {
        await _vhost.InitializeAsync();
        _database = await TestDatabase.CreateAsync();
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        _toDatabase = new(new($"tcp://{settings.Host}:{settings.Port}"), cut: true);
        _toBroker = new(_vhost.Amqp, cut: true);
    }

    public async Task DisposeAsync()
    {
        await _toDatabase.DisposeAsync();
        await _toBroker.DisposeAsync();
        await _vhost.DisposeAsync();
        await _database.DisposeAsync();
    }

    public void Dispose() => _vhost.Dispose();

    [Fact]
    public async Task It_waits_for_what_is_away_and_says_for_what()
    {
        var database = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = CuttableProxy.Host, Port = _toDatabase.Port };
        await using var app = SegmentationHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", "--Segmentation:RequireKey=false",
            $"--Segmentation:Database={database.ConnectionString}", $"--Segmentation:Broker={_vhost.At(CuttableProxy.Host, _toBroker.Port)}",
        ]);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };

        await ReasonsAsync(client, reasons => reasons.Contains("starting: the database") && reasons.Contains("the broker is not connected"));
        (await client.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK, "a restart would mend nothing");

        _toDatabase.Mend();
        await ReasonsAsync(client, reasons => reasons.Contains("starting: the broker"));
        (await _database.ScalarAsync<bool>("select to_regclass('segmentation.contact_states') is not null")).Should().BeTrue("the schema does not wait for the broker");

        _toBroker.Mend();
        await ReasonsAsync(client, reasons => reasons.Length == 0);

        _toDatabase.Cut();
        await ReasonsAsync(client, reasons => reasons == "the database does not answer");
        _toDatabase.Mend();
        await ReasonsAsync(client, reasons => reasons.Length == 0);
        await app.StopAsync();
    }

    [Fact]
    public async Task It_leaves_a_newer_database_alone_and_says_so()
    {
        _toDatabase.Mend();
        _toBroker.Mend();
        await ExecuteAsync("create table public.segmentation_migrations (script text primary key, applied timestamptz not null default now())");
        await ExecuteAsync("insert into public.segmentation_migrations (script) values ('Schema/9999_later.sql')");
        await using var app = SegmentationHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", "--Segmentation:RequireKey=false",
            $"--Segmentation:Database={_database.ConnectionString}", $"--Segmentation:Broker={_vhost.Amqp}",
        ]);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };

        await ReasonsAsync(client, reasons => reasons.Contains("starting: the database: the database is newer than this program: Schema/9999_later.sql was applied"));
        (await _database.ScalarAsync<bool>("select to_regclass('segmentation.contact_states') is null")).Should().BeTrue();

        await ExecuteAsync("delete from public.segmentation_migrations");
        await ReasonsAsync(client, reasons => reasons.Length == 0);
        await app.StopAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // All reasons in one text; empty with 200, not empty with 503.
    private static Task<string> ReasonsAsync(HttpClient client, Func<string, bool> isAccepted) => Eventually.BecomesAsync(
        async () =>
        {
            using var answer = await client.GetAsync("/health/ready");
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            var reasons = string.Join("; ", body.RootElement.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
            answer.StatusCode.Should().Be(reasons.Length == 0 ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
            return reasons;
        },
        isAccepted,
        "ready saying so");
}
