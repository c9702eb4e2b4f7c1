using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Insight;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Insight;

/// <summary>What a reading answers that would cost too much.</summary>
public sealed class InsightLimitTests : IAsyncLifetime
{
    private static readonly Dictionary<string, Definition> NoSegments = [];

    private MergeWorld _world = null!;
    private NpgsqlDataSource _impatient = null!;

    public async Task InitializeAsync()
    {
        _world = await MergeWorld.CreateAsync();
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        for (var i = 0; i < 5; i++)
            await _world.SendAsync($"e{i}", "Seen", new { ContactId = $"c{i % 2}" });
        await _world.ProjectAsync();

        // Commands that have no limit of their own from the reading's end after a second, and as a fault.
        _impatient = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_world.ConnectionString) { CommandTimeout = 1 });
    }

    public async Task DisposeAsync()
    {
        await _impatient.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_preview_that_would_read_too_much_says_so_and_gives_no_number()
    {
        using var gate = new InsightGate(new() { InsightEvents = 4 }, TimeProvider.System);

        var (status, body) = await AnswerAsync(await gate.RunAsync(PreviewAsync("""{"event":"Seen","period":"all time"}"""), CancellationToken.None));

        status.Should().Be(StatusCodes.Status422UnprocessableEntity);
        Detail(body).Should().Contain("more than 4 events (Segmentation:InsightEvents)").And.Contain("It had come to 5 events");
        body.TryGetProperty("count", out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("preview")]
    [InlineData("dry run")]
    [InlineData("overlaps")]
    [InlineData("audit")]
    [InlineData("growth")]
    [InlineData("members")]
    public async Task A_reading_that_takes_too_long_says_so_and_is_no_fault(string what)
    {
        using var gate = new InsightGate(new() { InsightTime = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        await using var connection = await _world.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand(
            $"lock table {what switch { "preview" => "public.mt_events", "growth" or "members" => "segmentation.ledger", _ => "segmentation.memberships" }}", connection);
        await hold.ExecuteNonQueryAsync();
        var (audit, past) = (new Audit(new(_impatient), new(_impatient), new EventTypeSwitchStore(_impatient)), new PastStore(_impatient));
        var now = _world.Time.Now;

        var (status, body) = await AnswerAsync(await (what switch
        {
            "preview" => gate.RunAsync(PreviewAsync("""{"all":[]}"""), CancellationToken.None),
            "dry run" => gate.RunAsync(
                async (meter, stop) => Results.Json(await new DryRun(new(_impatient), new(_impatient)).RunAsync(Draft("""{"all":[]}"""), 3, now, NoSegments, meter, stop)), CancellationToken.None),
            "overlaps" => gate.RunAsync(async (_, stop) => Results.Json(await audit.OverlapsAsync(null, 0, 10, now, stop)), CancellationToken.None),
            "audit" => gate.RunAsync(async (_, stop) => Results.Json(await audit.RunAsync(now, stop)), CancellationToken.None),
            "growth" => gate.LookUpAsync(async stop => Results.Json(await past.GrowthAsync([1], [now.AddDays(-1)], now, stop)), CancellationToken.None),
            _ => gate.LookUpAsync(async stop => Results.Json(await past.MembersAtAsync(1, now, 0, 10, stop)), CancellationToken.None),
        }));

        status.Should().Be(StatusCodes.Status422UnprocessableEntity);
        Detail(body).Should().Contain("longer than 00:00:02 (Segmentation:InsightTime)");
    }

    [Fact]
    public async Task A_caller_who_goes_away_is_not_told_of_a_limit()
    {
        using var gate = new InsightGate(new(), TimeProvider.System);
        using var gone = new CancellationTokenSource();
        var reading = gate.RunAsync(
            async (_, stop) =>
            {
                await gone.CancelAsync();
                stop.ThrowIfCancellationRequested();
                return Results.NoContent();
            },
            gone.Token);

        await ((Func<Task>)(() => reading)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task One_more_reading_than_may_run_at_once_is_asked_to_wait_and_lookups_have_places_of_their_own()
    {
        using var gate = new InsightGate(new() { InsightCalls = 1 }, TimeProvider.System);
        var held = new TaskCompletionSource<IResult>();
        var first = gate.RunAsync((_, _) => held.Task, CancellationToken.None);

        var (status, _) = await AnswerAsync(await gate.RunAsync((_, _) => Task.FromResult(Results.Ok()), CancellationToken.None));
        status.Should().Be(StatusCodes.Status429TooManyRequests);
        (await AnswerAsync(await gate.LookUpAsync(_ => Task.FromResult(Results.NoContent()), CancellationToken.None))).Status.Should().Be(StatusCodes.Status204NoContent);

        held.SetResult(Results.NoContent());
        await first;
        (await AnswerAsync(await gate.RunAsync((_, _) => Task.FromResult(Results.NoContent()), CancellationToken.None))).Status.Should().Be(StatusCodes.Status204NoContent);
    }

    [Fact]
    public async Task A_lookup_waits_for_its_turn()
    {
        using var gate = new InsightGate(new() { InsightLookups = 1 }, TimeProvider.System);
        var held = new TaskCompletionSource<IResult>();
        var first = gate.LookUpAsync(_ => held.Task, CancellationToken.None);
        var second = gate.LookUpAsync(_ => Task.FromResult(Results.NoContent()), CancellationToken.None);
        second.IsCompleted.Should().BeFalse();

        held.SetResult(Results.NoContent());
        await first;
        (await AnswerAsync(await second)).Status.Should().Be(StatusCodes.Status204NoContent);
    }

    private Func<WorkMeter, CancellationToken, Task<IResult>> PreviewAsync(string condition) => async (meter, stop) =>
        Results.Json(await new Preview(new(_impatient)).RunAsync(Draft(condition), _world.Time.Now, NoSegments, meter, stop));

    private static Draft Draft(string condition) => EventSegmentation.Segmentation.Insight.Draft.Read(JsonElement.Parse($$"""{"condition":{{condition}} }"""), NoSegments, [])!;

    private static string Detail(JsonElement body) => body.GetProperty("detail").GetString()!;

    private static async Task<(int Status, JsonElement Body)> AnswerAsync(IResult result)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        using var body = new MemoryStream();
        context.Response.Body = body;
        await result.ExecuteAsync(context);
        return (context.Response.StatusCode, body.Length == 0 ? default : JsonElement.Parse(body.ToArray()));
    }
}
