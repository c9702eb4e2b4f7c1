namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>A call of segmentation as its users make it.</summary>
/// <param name="Call">Method and route, as the service names them.</param>
/// <param name="Bodies">Bodies that it takes; empty if it takes none.</param>
/// <param name="Query">Parameters of the address, each with a value that it takes.</param>
internal sealed record CallSample(string Call, IReadOnlyList<string> Bodies, IReadOnlyList<string> Query)
{
    private const string Condition = """{"all":[{"event":"OrderPaid","period":"last 30 days","where":{"param":"totalCost","atLeast":5}},{"not":{"contact":"plan","is":"free"}}]}""";
    private const string Segment = $$"""{"key":"k1","name":"One","purpose":"p","tags":["a","b"],"timeZone":"Europe/Berlin","condition":{{Condition}},"state":"draft","silent":true}""";
    private const string Rule = """{"on":true,"contactField":"email","parameter":"email_client"}""";

    private static readonly string[] Paged = ["limit=10", "cursor=MTA"];

    public static readonly IReadOnlyList<CallSample> All =
    [
        new("GET /health/live", [], []),
        new("GET /health/ready", [], []),
        new("GET /openapi/{documentName}.json", [], []),
        new("GET /api/audit", [], ["days=30"]),
        new("GET /api/audit/overlaps", [], Paged),
        new("GET /api/builds", [], Paged),
        new("GET /api/builds/{id:long}", [], []),
        new("DELETE /api/builds/{id:long}", [], []),
        new("GET /api/contact-fields", [], []),
        new("GET /api/contact-fields/{name}", [], []),
        new("PUT /api/contact-fields/{name}", ["""{"type":"text"}""", """{"type":"number"}""", """{"type":"date"}"""], []),
        new("DELETE /api/contact-fields/{name}", [], []),
        new("GET /api/contacts", [], ["identifier=email:ada1@example.com", .. Paged]),
        new("GET /api/contacts/{id}", [], []),
        new("PATCH /api/contacts/{id}", ["""{"fields":{"plan":"free","trialEnds":"2026-03-01","points":12.5,"address":{"city":"Paris","tags":["a"]},"gone":null},"identifiers":[{"kind":"email","value":"eve@example.com"},{"kind":"phone","value":null},{"kind":"externalId","value":"x9","remove":true}]}"""], []),
        new("DELETE /api/contacts/{id}", [], []),
        new("GET /api/contacts/{id}/events", [], ["from=2026-01-01T00:00:00Z", "to=2026-12-01T00:00:00Z", "type=OrderPaid", .. Paged]),
        new("GET /api/contacts/{id}/export", [], []),
        new("POST /api/contacts/{id}/merge", ["""{"into":"2"}"""], []),
        new("GET /api/contacts/{id}/segments", [], Paged),
        new("GET /api/contacts/{id}/segments/{key}/explain", [], ["at=2026-05-01T12:30:00Z", "version=1"]),
        new("GET /api/contacts/{id}/transitions", [], ["after=3", .. Paged]),
        new("POST /api/contacts/{id}/unmerge", [], []),
        new("GET /api/definitions", [], []),
        new("PUT /api/definitions", [Document], ["prune=false", "silent=true"]),
        new("POST /api/definitions/plan", [Document], ["prune=true"]),
        new("GET /api/event-types", [], Paged),
        new("GET /api/event-types/{key}", [], []),
        new("GET /api/event-types/{key}/matching-rule", [], []),
        new("PUT /api/event-types/{key}/matching-rule", [Rule], []),
        new("DELETE /api/event-types/{key}/matching-rule", [], []),
        new("PUT /api/event-types/{key}/segmentation", ["""{"on":true}""", """{"on":false}"""], []),
        new("GET /api/events", [], ["type=OrderPaid", "contact=1", "from=2026-01-01T00:00:00Z", "to=2026-12-01T00:00:00Z", "state=assigned", .. Paged]),
        new("POST /api/events/rematch", [], ["cursor=MTA"]),
        new("GET /api/events/{eventId}", [], []),
        new("GET /api/matching-rule", [], []),
        new("PUT /api/matching-rule", [Rule], []),
        new("DELETE /api/matching-rule", [], []),
        new("GET /api/segment-groups", [], Paged),
        new("GET /api/segment-groups/{key}", [], []),
        new("PUT /api/segment-groups/{key}", ["""{"segments":["k1","k2","k3"],"silent":false}"""], []),
        new("DELETE /api/segment-groups/{key}", [], ["silent=true"]),
        new("GET /api/set-aside", [], []),
        new("POST /api/set-aside/resend", ["{}", """{"queue":"event-segmentation.normalized","limit":100}"""], []),
        new("POST /api/segments/{key}/resume", [], []),
        new("GET /api/segments", [], ["tag=a", "q=one", "state=live", .. Paged]),
        new("POST /api/segments", [Segment, """{"key":"k2","name":"Two","kind":"static"}""", """{"key":"k3","name":"Three","condition":{"inSegment":"k1"}}"""], []),
        new("POST /api/segments/dry-run", [$$"""{"condition":{{Condition}},"timeZone":"Europe/Berlin","days":30}""", """{"segment":"k1","version":1,"days":3}"""], []),
        new("POST /api/segments/preview", [$$"""{"condition":{{Condition}},"timeZone":"Europe/Berlin","at":"2026-05-01T12:30:00Z"}""", """{"segment":"k1","version":1}"""], []),
        new("GET /api/segments/schema", [], []),
        new("GET /api/segments/{key}", [], []),
        new("PUT /api/segments/{key}", [$$"""{"name":"New","condition":{{Condition}},"silent":true}""", """{"name":"Two","kind":"static"}"""], []),
        new("DELETE /api/segments/{key}", [], ["silent=true"]),
        new("GET /api/segments/{key}/build", [], []),
        new("DELETE /api/segments/{key}/build", [], []),
        new("DELETE /api/segments/{key}/draft", [], []),
        new("GET /api/segments/{key}/growth", [], ["from=2026-05-01", "to=2026-05-31"]),
        new("GET /api/segments/{key}/imports", [], Paged),
        new("POST /api/segments/{key}/imports", ["1,Ada\n2;Bob\n\"email:ada1@example.com\"\n", "id\temail\nemail:ada2@example.com\tx\n"], ["mode=add"]),
        new("GET /api/segments/{key}/imports/{id:long}", [], []),
        new("GET /api/segments/{key}/members", [], ["at=2026-05-01T12:30:00Z", .. Paged]),
        new("POST /api/segments/{key}/members", ["""{"add":["1","email:ada1@example.com"],"remove":["2"]}"""], []),
        new("PUT /api/segments/{key}/members/{contactId}", [], []),
        new("DELETE /api/segments/{key}/members/{contactId}", [], []),
        new("POST /api/segments/{key}/publish", [], []),
        new("GET /api/segments/{key}/transitions", [], ["after=3", .. Paged]),
        new("GET /api/segments/{key}/versions", [], Paged),
        new("GET /api/transitions", [], ["after=3", .. Paged]),
    ];

    private const string Document = $$"""
        {"segments":[{"key":"k1","name":"One","condition":{{Condition}} },{"key":"k2","name":"Two","kind":"static"},{"key":"k4","name":"Four","condition":{"event":"AppLogin"} }],
        "groups":[{"key":"g1","segments":["k1","k2"]}],"matchingRules":[{{Rule}},{"eventType":"AppLogin","on":false,"contactField":"phone","parameter":"p"}]}
        """;

    public string Method => Call.Split(' ')[0];

    public string Route => Call.Split(' ')[1];

    public bool IsUpload => Call.StartsWith("POST", StringComparison.Ordinal) && Call.EndsWith("/imports", StringComparison.Ordinal);
}
