using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventSegmentation.IntegrationTests.Telemetry;

/// <summary>A span as it was exported.</summary>
internal sealed record ExportedSpan(string Service, string TraceId, string SpanId, string ParentId, string Name);

/// <summary>How a metric adds up.</summary>
internal enum ExportedKind
{
    Gauge,
    Counter,

    /// <summary>A sum that can fall.</summary>
    UpDown,

    Histogram,
}

/// <summary>A metric as it was exported, with the names of the attributes of one of its points.</summary>
internal sealed record ExportedMetric(string Name, string Unit, ExportedKind Kind, string Attributes);

/// <summary>A collector that keeps what services export by OTLP over HTTP: spans, and what metrics there are.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();
    private readonly ConcurrentDictionary<ExportedMetric, byte> _metrics = new();
    private readonly ConcurrentDictionary<(string Route, long Status), long> _answers = new();
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private int _logs;

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v1/traces", request => TakeAsync(request, ReadSpans));
        _app.MapPost("/v1/metrics", request => TakeAsync(request, ReadMetrics));
        _app.MapPost("/v1/logs", request => TakeAsync(request, _ => Interlocked.Increment(ref _logs)));
    }

    public IReadOnlyList<ExportedSpan> Spans => [.. _spans];

    public IReadOnlyCollection<ExportedMetric> Metrics => [.. _metrics.Keys];

    /// <summary>How many calls of a route were measured, by the status of their answer.</summary>
    public IReadOnlyDictionary<long, long> Answers(string route) => _answers.Where(one => one.Key.Route == route).ToDictionary(one => one.Key.Status, one => one.Value);

    /// <summary>True if a text stands anywhere in what was exported: a name, an attribute, a line of a log.</summary>
    public bool Holds(string text) => _bodies.Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    public int LogExports => Volatile.Read(ref _logs);

    /// <summary>The standard variables that send a service's telemetry here.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Action<byte[]> read)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _bodies.Enqueue(body.ToArray());
        read(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }

    // Field numbers of opentelemetry/proto/trace/v1/trace.proto: resource_spans 1 { resource 1 { attributes 1 { key 1,
    // value 2 { string_value 1 } } }, scope_spans 2 { spans 2 { trace_id 1, span_id 2, parent_span_id 4, name 5 } } }.
    private void ReadSpans(byte[] body)
    {
        foreach (var resource in ProtobufMessage.Read(body).All(1))
        {
            var service = resource.All(1).SelectMany(attributes => attributes.All(1))
                .Where(attribute => attribute.Text(1) == "service.name").Select(attribute => attribute.All(2).Single().Text(1)).SingleOrDefault() ?? "";
            foreach (var span in resource.All(2).SelectMany(scope => scope.All(2)))
                _spans.Enqueue(new(service, span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5)));
        }
    }

    // resource_metrics 1 { scope_metrics 2 { metrics 2 { name 1, unit 3, gauge 5, sum 7 { is_monotonic 3 }, histogram 9 } } }, each of
    // the last three with data_points 1 { attributes 7, or 9 of a histogram, { key 1 } }.
    private void ReadMetrics(byte[] body)
    {
        foreach (var metric in ProtobufMessage.Read(body).All(1).SelectMany(resource => resource.All(2)).SelectMany(scope => scope.All(2)))
        {
            if (metric.Text(1) == "http.server.request.duration")
                KeepAnswers(metric);
            foreach (var gauge in metric.All(5))
                Keep(metric, gauge, ExportedKind.Gauge, attributes: 7);
            foreach (var sum in metric.All(7))
                Keep(metric, sum, sum.Number(3) == 1 ? ExportedKind.Counter : ExportedKind.UpDown, attributes: 7);
            foreach (var histogram in metric.All(9))
                Keep(metric, histogram, ExportedKind.Histogram, attributes: 9);
        }
    }

    // data_points 1 of a histogram { count 4, attributes 9 { key 1, value 2 { string_value 1, int_value 3 } } }, added up since the start.
    private void KeepAnswers(ProtobufMessage metric)
    {
        var counts = new Dictionary<(string Route, long Status), long>();
        foreach (var point in metric.All(9).SelectMany(histogram => histogram.All(1)))
        {
            var attributes = point.All(9).ToDictionary(attribute => attribute.Text(1), attribute => attribute.All(2).Single());
            var key = (attributes.GetValueOrDefault("http.route")?.Text(1) ?? "", (long)(attributes.GetValueOrDefault("http.response.status_code")?.Number(3) ?? 0));
            counts[key] = counts.GetValueOrDefault(key) + (long)point.Number(4);
        }

        foreach (var (key, count) in counts)
            _answers[key] = count;
    }

    private void Keep(ProtobufMessage metric, ProtobufMessage data, ExportedKind kind, int attributes)
    {
        foreach (var point in data.All(1))
            _metrics.TryAdd(new(metric.Text(1), metric.Text(3), kind, string.Join(' ', point.All(attributes).Select(attribute => attribute.Text(1)))), 0);
    }
}

/// <summary>Just enough of the protobuf wire format to look into an export.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, byte[] Bytes)> _fields = [];
    private readonly Dictionary<int, ulong> _numbers = [];

    public static ProtobufMessage Read(byte[] bytes)
    {
        var message = new ProtobufMessage();
        for (var at = 0; at < bytes.Length;)
        {
            var key = Varint(bytes, ref at);
            switch (key & 7)
            {
                case 0:
                    message._numbers[(int)(key >> 3)] = Varint(bytes, ref at);
                    break;
                case 1:
                    message._numbers[(int)(key >> 3)] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(bytes, ref at);
                    message._fields.Add(((int)(key >> 3), bytes[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7} is not known");
            }
        }

        return message;
    }

    public IEnumerable<ProtobufMessage> All(int field) => Bytes(field).Select(Read);

    /// <summary>A whole number or a truth, of fixed or other length; 0 if it is not there.</summary>
    public ulong Number(int field) => _numbers.GetValueOrDefault(field);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).LastOrDefault() ?? []);

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).LastOrDefault() ?? []);

    private IEnumerable<byte[]> Bytes(int field) => _fields.Where(one => one.Field == field).Select(one => one.Bytes);

    private static ulong Varint(byte[] bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
