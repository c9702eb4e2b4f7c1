using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Telemetry;

/// <summary>What this service measures. Tags come from small closed sets; no personal data, no ids.</summary>
internal sealed class Metrics : IDisposable
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "EventSegmentation.Segmentation";

    public static readonly ActivitySource Source = new(Name);

    // In seconds. The default bounds are made for milliseconds: all that matters here would fall into the first.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly BuildProgress NoBuild = new(0, 0, 0, default);

    private readonly Meter _meter;
    private readonly Counter<long> _appended;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unassigned;
    private readonly Histogram<double> _appendDuration;
    private readonly Counter<long> _projected;
    private readonly Histogram<double> _projectionDelay;
    private readonly Counter<long> _published;
    private readonly Histogram<double> _exitLateness;
    private readonly Counter<long> _built;
    private readonly Counter<long> _unreadable;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _suspensions;
    private readonly Counter<long> _buildFailures;
    private BuildProgress _build = NoBuild;

    public Metrics(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _appended = _meter.CreateCounter<long>("event_segmentation.events.appended", "{event}", "Events written to contacts' streams");
        _duplicates = _meter.CreateCounter<long>("event_segmentation.events.duplicate", "{event}", "Events that were in the store already");
        _unassigned = _meter.CreateCounter<long>("event_segmentation.events.unassigned", "{event}", "Events kept without a contact");
        _appendDuration = _meter.CreateHistogram<double>("event_segmentation.append.duration", "s", "One transaction of the matcher, waits for the database included", tags: null, Durations);
        _projected = _meter.CreateCounter<long>("event_segmentation.projection.facts", "{fact}", "Facts of streams taken into memberships");
        _unreadable = _meter.CreateCounter<long>("event_segmentation.projection.unreadable", "{fact}", "Facts of streams that cannot be read");
        _failures = _meter.CreateCounter<long>("event_segmentation.projection.failures", "{failure}", "Times that the projection stopped for another reason than an outage, and began again");
        _retries = _meter.CreateCounter<long>("event_segmentation.outward.retries", "{retry}", "Times that work which needs the database or the broker was tried again, by the work");
        _suspensions = _meter.CreateCounter<long>("event_segmentation.segments.suspensions", "{segment}", "Times that a segment was suspended because it cannot be evaluated");
        _buildFailures = _meter.CreateCounter<long>("event_segmentation.build.failures", "{build}", "Builds that failed because they cannot be evaluated");
        _projectionDelay = _meter.CreateHistogram<double>("event_segmentation.projection.delay", "s", "From an event's recording to its projection", tags: null, Durations);
        _published = _meter.CreateCounter<long>("event_segmentation.transitions", "{transition}", "Transitions published, by cause and kind");
        _exitLateness = _meter.CreateHistogram<double>("event_segmentation.exit.lateness", "s", "From the instant at which time made a contact leave to the confirmed message", tags: null, Durations);
        _built = _meter.CreateCounter<long>("event_segmentation.build.contacts", "{contact}", "Contacts evaluated for versions that are being built");
        _meter.CreateObservableGauge("event_segmentation.build.running", () => _build.Builds, "{build}", "Builds that run or wait to be swapped");
        _meter.CreateObservableGauge("event_segmentation.build.remaining", () => _build.ToBuild - _build.Built, "{contact}", "Contacts that the running builds have yet to evaluate");
        _meter.CreateObservableGauge("event_segmentation.segments.suspended", () => SuspendedSegments, "{segment}", "Segments that are suspended now");
        _meter.CreateObservableGauge("event_segmentation.projection.lag", () => ProjectionLag, "{fact}", "Facts in the streams that are not projected yet");
        _meter.CreateObservableGauge("event_segmentation.relay.lag", () => RelayLag, "{transition}", "Transitions in the ledger that are not published yet");
        _meter.CreateObservableGauge("event_segmentation.queue.messages", () => Queued, "{message}", "Batches of events that wait in the broker's queue");
        _meter.CreateObservableGauge("event_segmentation.queue.imports", () => QueuedImports, "{message}", "Batches of imports that wait in the broker's queue");
        _meter.CreateObservableGauge("event_segmentation.projection.partitions", () => Partitions, "{partition}", "Partitions that this replica projects and relays");

        // From nothing to one is no increase to those who ask for it; from zero to one is.
        foreach (var counter in new[] { _appended, _duplicates, _unassigned, _projected, _unreadable, _failures, _suspensions, _buildFailures, _built })
            counter.Add(0);
    }

    /// <summary>How many partitions this replica projects and relays; how far behind both are it knows of these only.</summary>
    public int Partitions
    {
        get;
        set
        {
            field = value;
            (ProjectionLag, RelayLag, SuspendedSegments, _build) = (0, 0, 0, NoBuild);
        }
    }

    /// <summary>Facts that the projection has yet to take in.</summary>
    public long ProjectionLag { get; set; }

    /// <summary>Transitions that the relay has yet to publish.</summary>
    public long RelayLag { get; set; }

    /// <summary>Segments that serve without being evaluated, as a replica that projects sees them.</summary>
    public int SuspendedSegments { get; set; }

    /// <summary>Batches that wait in the broker.</summary>
    public long Queued { get; set; }

    /// <summary>Batches of imports that wait in the broker.</summary>
    public long QueuedImports { get; set; }

    public void Appended(MatchOutcome outcome, TimeSpan duration)
    {
        _appended.Add(outcome.Appended);
        _duplicates.Add(outcome.Duplicates);
        _unassigned.Add(outcome.Unassigned);
        _appendDuration.Record(duration.TotalSeconds);
    }

    public void Projected(IReadOnlyCollection<StoredEvent> facts, DateTimeOffset now)
    {
        _projected.Add(facts.Count);
        _unreadable.Add(facts.Count(stored => stored.Fact is UnreadableFact));
        if (facts.Count > 0)
            _projectionDelay.Record((now - facts.First().RecordedAt).TotalSeconds);
    }

    /// <summary>The projection stopped, and not because of an outage.</summary>
    public void ProjectionFailed() => _failures.Add(1);

    /// <summary>A segment was suspended, or builds failed.</summary>
    public void Suspended(Suspended suspended)
    {
        if (suspended.Builds > 0)
            _buildFailures.Add(suspended.Builds);
        else
            _suspensions.Add(1);
    }

    /// <summary>Work that needs another server is tried again.</summary>
    public void Retried(string call) => _retries.Add(1, new KeyValuePair<string, object?>("call", call));

    public void Built(int contacts) => _built.Add(contacts);

    /// <summary>How far the running builds are.</summary>
    public void Building(BuildProgress progress) => _build = progress;

    public void Published(LedgerEntry entry, DateTimeOffset now)
    {
        _published.Add(
            1,
            new("cause", entry.Cause),
            new("kind", entry.Entered ? Contracts.TransitionKind.Entered : Contracts.TransitionKind.Exited));
        if (!entry.Entered && entry.Cause == Contracts.TransitionCause.Clock)
            _exitLateness.Record((now - entry.At).TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
