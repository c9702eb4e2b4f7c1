using EventSegmentation.Contracts;
using EventSegmentation.Fuzzing;
using EventSegmentation.IntegrationTests.EndToEnd;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>
/// Bodies and messages that nobody means to send, to ingestion as its users run it, with segmentation behind it: none makes it fail, and what its
/// sender is told of the events is what comes out, and in the streams at the end.
/// </summary>
public sealed class IngestionFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Used = ["OrderPaid", "WorkoutCompleted", "AppLogin"];

    [Fact]
    public async Task Every_request_is_answered_and_what_it_says_of_its_events_is_so()
    {
        await using var system = await TestSystem.StartAsync(Settings);
        await system.SwitchOnAsync(Used);
        await using var tap = await PublishedTap.OpenAsync(system.Broker);
        var (run, tally, account) = (new FuzzRun(FuzzDoor.Ingestion), new Tally(FuzzDoor.Ingestion), new EventAccount());

        await FuzzWorkers.RunAsync(run, FuzzWorkers.Few, () => new FuzzConnection(system.Ingestion.Address), async (connection, number) =>
        {
            var (request, events) = IngestionRequests.Make(run.Random(number), number);
            try
            {
                var answer = await connection.SendAsync(request);
                tally.Count(AnswerLaw.Check(request, answer));
                account.Note(number, request, events, answer);
            }
            catch (Exception broken)
            {
                run.Broken(number, request, broken);
            }
        });

        tally.Print(output);
        run.Finish();
        await Eventually.BecomesAsync(() => Task.FromResult(tap.Events), events => events >= account.Accepted, "all that was accepted coming out");
        account.Differences(tap).Should().BeEmpty();
        await CheckStreamsAsync(system, tap);
        await system.CheckHealthAsync();
    }

    [Fact]
    public async Task Every_message_is_taken_whole_or_set_aside_with_its_reason()
    {
        await using var system = await TestSystem.StartAsync(Settings);
        await system.SwitchOnAsync(Used);
        await using var tap = await PublishedTap.OpenAsync(system.Broker);
        await using var refused = await RefusedTap.OpenAsync(system.Broker);
        using var unreadable = await UnreadableTap.OpenAsync(system.Broker);
        var (run, tally, account) = (new FuzzRun(FuzzDoor.Submissions), new Tally(FuzzDoor.Submissions), new SubmissionAccount());

        await FuzzWorkers.RunAsync(run, FuzzWorkers.Many, () => new KeptPublisher(system.Broker), async (publisher, number) =>
        {
            var input = SubmissionInput.Make(run.Random(number), number);
            try
            {
                if (await publisher.PublishAsync(input.Properties, input.Events.Body))
                    account.Sent(number, input);
                else
                    tally.Count("refused by the broker itself");
            }
            catch (Exception broken)
            {
                run.Broken(number, input, broken);
            }
        });

        run.Finish();
        await Eventually.BecomesAsync(
            () => system.Vhost.ManagementAsync("queues", $"{BrokerNames.SubmitExchange}.waiting"),
            queue => queue?.TryGetProperty("messages", out var messages) == true && messages.GetInt32() == 0, "no message being left", TimeSpan.FromMinutes(5));
        await Eventually.BecomesAsync(DifferencesAsync, found => found.Length == 0, "every message being somewhere");
        account.Differences(tap, refused, unreadable, run, tally);
        tally.Print(output);
        refused.Faults.Should().BeEmpty();
        await CheckStreamsAsync(system, tap);
        await system.CheckHealthAsync();

        async Task<string> DifferencesAsync()
        {
            await unreadable.TakeAsync();
            return string.Join(Environment.NewLine, account.Differences(tap, refused, unreadable, run, tally: null));
        }
    }

    private static IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        // More than anybody can send, so that the rate is not what is tried.
        ["Ingestion__RequestsPerSecond"] = "1000000",
    };

    /// <summary>Every event that came out is in a stream or in the history, once.</summary>
    private static async Task CheckStreamsAsync(TestSystem system, PublishedTap tap)
    {
        const string stored = """
            select coalesce(array_agg(id), '{}') from (
                select data ->> 'EventId' as id from public.mt_events where type = 'event_recorded'
                union all select event_id from segmentation.unassigned_events) as kept
            """;
        const string count = "select (select count(*) from public.mt_events where type = 'event_recorded') + (select count(*) from segmentation.unassigned_events)";

        // However many they are: as long as they go on being kept.
        for (var kept = -1L; kept < tap.ById.Count;)
            kept = await Eventually.BecomesAsync(() => system.Database.ScalarAsync<long>(count), now => now > kept, $"more than {kept} of {tap.ById.Count} events being kept");
        var ids = await system.Database.ScalarAsync<string[]>(stored);
        ids.Should().OnlyHaveUniqueItems();

        // By sets: to look for each of a hundred thousand among all the others takes hours.
        tap.ById.Keys.Except(ids).Should().BeEmpty("what came out is kept");
        ids.Except(tap.ById.Keys).Should().BeEmpty("what is kept came out");
    }
}
