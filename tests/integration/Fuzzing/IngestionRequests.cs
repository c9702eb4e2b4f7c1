using EventSegmentation.Fuzzing;
using EventSegmentation.IntegrationTests.EndToEnd;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Requests to ingestion: mostly to its three calls, with bodies and headers that nobody means to send.</summary>
internal static class IngestionRequests
{
    private static readonly string[] Addresses = ["/api/v3/event", "/api/v3/events", "/api/v3/events/past"];
    private static readonly string[] Others = ["/", "/api/v3", "/api/v3/event/", "/api/v3/events/past/x", "/openapi/v1.json", "/health/ready", "/API/V3/EVENT", "/api/v3/event?x=%00", "/api/v3/event%00", "/api/v3/%ff", "/api/v3/event?a=%ff&a=1"];
    private static readonly string[] Methods = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"];

    private static readonly string[] Types =
    [
        "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"", "application/json; charset=utf-16", "application/json; charset=iso-8859-1", "application/json; charset=", "application/problem+json", "application/vnd.masstransit+json", "APPLICATION/JSON",
        "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application", "/", "", "*/*", "application/json, text/plain", "application/json;;;", "application/json; a=\"", "application/jsonx", "application/cbor",
    ];

    private static readonly (string, string)[] Oddities =
    [
        ("Content-Encoding", "gzip"), ("Content-Encoding", "identity"), ("Content-Encoding", "br"), ("Content-Encoding", "gzip, identity"), ("Content-Encoding", ""), ("Expect", "100-continue"), ("Expect", "nonsense"), ("Accept", "application/xml"), ("Accept", ";;;"),
        ("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-For", "' or 1=1"), ("traceparent", "00-zz-zz-zz"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("tracestate", "a=b,,=,c"), ("baggage", "a=%ff,b"), ("If-Match", "x"), ("Range", "bytes=0-1"),
        ("Cookie", "a=b; c"), ("Content-Language", "\u00e9"), ("Connection", "close"), ("Upgrade", "h2c"), ("TE", "trailers"), ("Accept-Encoding", "gzip;q=x"), ("Content-MD5", "x"), ("Trailer", "x"),
    ];

    /// <summary>A request, and the events that are in it.</summary>
    public static (FuzzRequest Request, EventInput Events) Make(Random random, int number)
    {
        var address = Addresses[random.Next(Addresses.Length)];
        var input = EventInput.Make(random, number, isSingle: address == Addresses[0]);
        var headers = new List<(string, string)> { ("Content-Type", "application/json") };
        if (random.Next(16) == 0)
            headers[0] = ("Content-Type", Types[random.Next(Types.Length)]);
        if (random.Next(100) == 0)
            headers.RemoveAt(0);
        if (random.Next(12) == 0)
            headers.Add(Oddities[random.Next(Oddities.Length)]);
        if (random.Next(150) == 0 && input.Body.Length > 0)
            (input, headers) = (new(ByteMutation.Zipped(input.Body), null), [.. headers, ("Content-Encoding", "gzip")]);
        var request = new FuzzRequest(random.Next(80) == 0 ? Methods[random.Next(Methods.Length)] : "POST", random.Next(80) == 0 ? Others[random.Next(Others.Length)] : address, TestSystem.WriteKey, input.Body)
        {
            Headers = headers,
            Framing = random.Next(10) switch { 0 or 1 => Framing.Chunks, 2 when random.Next(6) == 0 => (Framing)random.Next(2, 5), _ => Framing.Length },
        };
        return (request, input);
    }
}
