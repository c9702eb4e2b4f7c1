using EventSegmentation.Sample.Check;
using EventSegmentation.Sample.Fitness;
using EventSegmentation.Sample.Segments;
using EventSegmentation.Sample.Services;
using EventSegmentation.Sample.Show;
using EventSegmentation.Sample.Transitions;

namespace EventSegmentation.Sample;

/// <summary>The whole story: prepare, import the history, look around, live, and sum up.</summary>
internal sealed class SampleRun(SampleOptions options, SampleEnvironment environment, Terminal terminal, TimeProvider time) : IDisposable
{
    private readonly ServiceClient _ingestionService = new("ingestion", environment.Ingestion, time, terminal.Line);
    private readonly ServiceClient _segmentationService = new("segmentation", environment.Segmentation, time, terminal.Line);
    private readonly SentEvents _sent = new(keepsAll: options.Bounded);
    private readonly TransitionLog _log = new(keepsAll: options.Bounded);

    /// <summary>Runs until it is done or, in its live part, cancelled. False if the check failed.</summary>
    /// <exception cref="SampleFault">It cannot go on.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before its live part, or during a check.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var ingestion = new IngestionClient(_ingestionService, environment.WriteKey);
        var segmentation = new SegmentationClient(_segmentationService, environment.ReadKey, environment.AdminKey);
        var check = options.Bounded ? new OutcomeCheck(terminal, segmentation, _sent, _log, time) : null;

        terminal.Line($"A fitness app with {Wording.Number(options.Contacts)} users, seed {options.Seed}");
        await using var subscriber = await PrepareAsync(segmentation, cancellationToken);

        var now = time.GetUtcNow();
        var (people, shown) = await TellHistoryAsync(ingestion, segmentation, now, cancellationToken);
        if (check is not null)
            await check.AfterHistoryAsync(cancellationToken);

        terminal.Heading("Live: a visit begins every second" + (options.Bounded ? "" : "; Ctrl-C ends it"));
        terminal.Line(Wording.TransitionHeading);
        _log.BeginLive(time.GetUtcNow());
        var live = await new LivePart(ingestion, _sent, time)
            .PlayAsync(options.Seed, people, options.Bounded ? SampleOptions.LiveLimit : null, cancellationToken);

        if (check is not null)
            await check.AfterLiveAsync(cancellationToken);
        Summary.Show(terminal, live, _sent, _log.Figures());
        if (check is not null)
            return check.Report();
        Summary.ShowWhatNext(terminal, environment, shown);
        return true;
    }

    public void Dispose()
    {
        _ingestionService.Dispose();
        _segmentationService.Dispose();
    }

    private async Task<Subscriber> PrepareAsync(SegmentationClient segmentation, CancellationToken cancellationToken)
    {
        await Preparation.WaitUntilReadyAsync(_ingestionService, cancellationToken);
        terminal.Line($"  ingestion      {environment.Ingestion} is ready");
        await Preparation.WaitUntilReadyAsync(_segmentationService, cancellationToken);
        terminal.Line($"  segmentation   {environment.Segmentation} is ready");
        var subscriber = await Subscriber.StartAsync(environment.Broker, time, Receive, terminal.Line, cancellationToken);
        try
        {
            terminal.Line("  subscriber     listens to all transitions");
            var preparation = new Preparation(terminal, segmentation);
            await preparation.SwitchOnAsync(cancellationToken);
            if (!await preparation.CreateSegmentsAsync(cancellationToken) && options.Bounded)
                throw new SampleFault("The check needs an instance that has not seen the sample: `make sample-check` makes one of its own.");
            return subscriber;
        }
        catch
        {
            await subscriber.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns whom it tells of, and the contact whose card it showed.</summary>
    private async Task<(IReadOnlyList<Person> People, string? Shown)> TellHistoryAsync(
        IngestionClient ingestion, SegmentationClient segmentation, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var history = History.Events(History.People(options.Seed, options.Contacts, now), now);
        terminal.Heading($"{History.Days} days of history: {Wording.Number(history.Count)} events; those sent before change nothing");
        var load = new HistoryLoad(terminal, ingestion, segmentation, _sent, time);
        await load.SendAsync(history, cancellationToken);
        var segments = await load.CatchUpAsync(cancellationToken);

        terminal.Heading($"{"SEGMENT",-18} {"SIZE",5}  WHO");
        foreach (var segment in segments)
            terminal.Wrapped($"{segment.Key,-18} {segment.Size,5}  ", segment.Sentence);
        var shown = Example(history, now) is { } person ? await ShowCardAsync(segmentation, person, cancellationToken) : null;
        return ([.. history.Select(e => e.Person).Distinct()], shown);
    }

    private async Task<string> ShowCardAsync(SegmentationClient segmentation, Person person, CancellationToken cancellationToken)
    {
        var identifier = person.Email is { } email ? $"email:{email}" : $"pushToken:{person.PushToken}";
        var card = await segmentation.FindCardAsync(identifier, cancellationToken)
            ?? throw new SampleFault($"No contact has the identifier {identifier}, whose events were accepted and are kept.");
        terminal.Heading($"One of them: contact {card.ContactId}, source {card.Source}");
        foreach (var known in card.Identifiers)
            terminal.Line($"  {known.Kind,-12} {known.Value}");
        terminal.Wrapped($"  {"segments",-12} ", card.Segments.Count == 0 ? "none" : string.Join(", ", card.Segments.Select(segment => segment.Key)));
        return card.ContactId;
    }

    /// <summary>Somebody about whom there is much to show: with an account, and in many segments. Null if there is nobody.</summary>
    private static Person? Example(IReadOnlyList<FitnessEvent> history, DateTimeOffset now) => history
        .GroupBy(e => e.Person)
        .MaxBy(past => (past.Key.KnownBy == KnownBy.Account, SampleSegments.All.Count(segment => segment.Holds(new Past(past, now))), past.Key.Key))
        ?.Key;

    private void Receive(ReceivedTransition received)
    {
        if (_log.Add(received))
            terminal.Line(Wording.Transition(received));
    }
}
