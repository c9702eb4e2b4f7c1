using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.Ingestion.Telemetry;

/// <summary>Where events came from, as a tag.</summary>
internal enum IntakePath
{
    Http,
    Amqp,
}

/// <summary>The activities and instruments of ingestion. They carry counts, kinds and ids, never content.</summary>
internal sealed class IngestionTelemetry : IDisposable
{
    public const string Name = "EventSegmentation.Ingestion";

    // In seconds. The default bounds are made for milliseconds: all that matters here would fall into the first.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private static readonly InstrumentAdvice<int> BatchSizes = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 200, 300, 400, 500] };

    private readonly ActivitySource _activities = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _publishDuration;
    private readonly Histogram<int> _batchSize;
    private readonly UpDownCounter<int> _waiting;
    private readonly Counter<long> _refusalsDropped;

    public IngestionTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _accepted = _meter.CreateCounter<long>("event_segmentation.ingestion.events.accepted", "{event}",
            "Events that the broker confirmed and whose sender was told so.");
        _refused = _meter.CreateCounter<long>("event_segmentation.ingestion.events.refused", "{event}",
            "Events, or unreadable requests, that were refused, by the first reason.");
        _publishDuration = _meter.CreateHistogram<double>("event_segmentation.ingestion.publish.duration", "s",
            "From handing a batch to the broker to its confirm, or to giving up.", tags: null, Durations);
        _batchSize = _meter.CreateHistogram<int>("event_segmentation.ingestion.publish.events", "{event}",
            "Events in one published message.", tags: null, BatchSizes);
        _waiting = _meter.CreateUpDownCounter<int>("event_segmentation.ingestion.events.waiting", "{event}",
            "Events that wait to be published and confirmed.");
        _refusalsDropped = _meter.CreateCounter<long>("event_segmentation.ingestion.refusals.dropped", "{event}",
            "Refused events that the event history was not told of.");

        // From nothing to one is no increase to those who ask for it; from zero to one is.
        _refusalsDropped.Add(0);
        foreach (var path in Enum.GetValues<IntakePath>())
            _accepted.Add(0, new KeyValuePair<string, object?>("path", Tag(path)));
    }

    public void Accepted(int events, IntakePath path)
    {
        if (events > 0)
            _accepted.Add(events, new KeyValuePair<string, object?>("path", Tag(path)));
    }

    public void Refused(RefusalReason reason, IntakePath path) =>
        _refused.Add(1, new KeyValuePair<string, object?>("reason", Tag(reason)), new KeyValuePair<string, object?>("path", Tag(path)));

    public void Refused(IEnumerable<RefusedEvent> events, IntakePath path)
    {
        foreach (var refused in events)
            Refused(refused.Errors[0].Reason, path);
    }

    public void RefusalsDropped(int events)
    {
        if (events > 0)
            _refusalsDropped.Add(events);
    }

    public void Waiting(int change) => _waiting.Add(change);

    public void Published(int events, TimeSpan duration, bool confirmed)
    {
        _batchSize.Record(events);
        _publishDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("confirmed", confirmed));
    }

    /// <summary>The publishing of a batch: a child of the first request, linked to the others.</summary>
    public Activity? StartPublish(IReadOnlyList<ActivityContext> requests, int events)
    {
        var activity = _activities.StartActivity("publish events", ActivityKind.Internal, requests.Count > 0 ? requests[0] : default,
            links: requests.Skip(1).Select(context => new ActivityLink(context)));
        activity?.SetTag("event_segmentation.events", events);
        return activity;
    }

    /// <summary>The handling of one submission over AMQP, a child of its sender's activity if the message names it.</summary>
    public Activity? StartSubmission(ActivityContext sender)
    {
        var activity = _activities.StartActivity("receive submission", ActivityKind.Consumer, sender);
        activity?.SetTag("messaging.system", "rabbitmq");
        activity?.SetTag("messaging.destination.name", Submissions.SubmitTopology.Queue);
        return activity;
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meter.Dispose();
    }

    private static string Tag(IntakePath path) => path switch
    {
        IntakePath.Http => "http",
        IntakePath.Amqp => "amqp",
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "unknown path"),
    };

    private static string Tag(RefusalReason reason) => reason switch
    {
        RefusalReason.Shape => "shape",
        RefusalReason.NotJson => "not_json",
        RefusalReason.ContentType => "content_type",
        RefusalReason.TooLarge => "too_large",
        RefusalReason.TooMany => "too_many",
        RefusalReason.EventType => "event_type",
        RefusalReason.KeyValue => "key_value",
        RefusalReason.EventId => "event_id",
        RefusalReason.OccurredAt => "occurred_at",
        RefusalReason.Params => "params",
        RefusalReason.NotAllowed => "not_allowed",
        RefusalReason.Fault => "fault",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "unknown reason"),
    };
}
