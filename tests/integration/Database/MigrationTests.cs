using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Database;

/// <summary>The schema is brought forward from every state in which an earlier version left it, with its rows, and by one of many.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    // A stream as a program that has Marten writes it.
    private const string Rows = """
        insert into public.mt_streams (id, type, version) values ('older', 'note', 1);
        insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
        values (nextval('public.mt_events_sequence'), '0197f5f0-0000-7000-8000-000000000001', 'older', 1, '{"text":"kept"}', 'note_taken', now(), 'Notes.Taken');
        """;

    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    public static TheoryData<int> EarlierVersions => [.. Enumerable.Range(0, Migrator.Scripts.Count + 1)];

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(EarlierVersions))]
    public async Task Every_earlier_version_ends_at_the_newest_with_its_rows_though_three_services_start_at_once(int scripts)
    {
        await LeaveAtAsync(scripts);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => MigrateAsync()));

        (await _database.ScalarAsync<string[]>("select array_agg(script order by applied, script) from public.segmentation_migrations")).Should().Equal(Migrator.Scripts);
        (await _database.ScalarAsync<bool>("select to_regclass('segmentation.contact_states') is not null")).Should().BeTrue();
        (await _database.ScalarAsync<string>("select coalesce(string_agg(data ->> 'text', ''), '') from public.mt_events")).Should().Be(scripts > 0 ? "kept" : "");
        await MigrateAsync();
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind()
    {
        await LeaveAtAsync(1);
        await ExecuteAsync("create schema segmentation");

        var act = MigrateAsync;

        (await act.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.DuplicateSchema);
        (await _database.ScalarAsync<long>("select count(*) from public.segmentation_migrations")).Should().Be(1);
        await ExecuteAsync("drop schema segmentation");
        await MigrateAsync();
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_left_alone()
    {
        await MigrateAsync();
        await ExecuteAsync("insert into public.segmentation_migrations (script) values ('Schema/9999_later.sql')");

        var act = MigrateAsync;

        (await act.Should().ThrowAsync<NewerDatabaseException>()).WithMessage($"the database is newer than this program: Schema/9999_later.sql was applied, and this version ends with {Migrator.Scripts[^1]}*");
    }

    private async Task LeaveAtAsync(int scripts)
    {
        if (scripts > 0)
            await ExecuteAsync("create table public.segmentation_migrations (script text primary key, applied timestamptz not null default now())");
        foreach (var script in Migrator.Scripts.Take(scripts))
        {
            await ExecuteAsync(await Migrator.TextAsync(script, CancellationToken.None));
            await ExecuteAsync($"insert into public.segmentation_migrations (script) values ('{script}')");
        }

        if (scripts > 0)
            await ExecuteAsync(Rows);
    }

    private Task MigrateAsync() => new Migrator(_source, new SegmentationOptions(), NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
