using System.Diagnostics;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>Carries the traces of a batch's events on: one span for each trace that somebody records, open until the commit.</summary>
internal sealed class ProjectionTraces : IDisposable
{
    private readonly Dictionary<string, Activity?> _spans = new(StringComparer.Ordinal);

    /// <summary>The fact with the span of this projection as the trace that transitions carry on.</summary>
    public StoredEvent Continue(StoredEvent stored)
    {
        if (stored.Fact is not EventRecorded { TraceParent: { } parent } recorded)
            return stored;
        if (!_spans.TryGetValue(parent, out var span))
            _spans.Add(parent, span = Metrics.Source.StartActivity("project events", ActivityKind.Internal, parent));
        return span is null ? stored : stored with { Fact = recorded with { TraceParent = span.Id } };
    }

    public void Dispose()
    {
        foreach (var span in _spans.Values)
            span?.Dispose();
    }
}
