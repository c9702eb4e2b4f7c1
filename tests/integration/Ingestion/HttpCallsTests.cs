using System.Net.Http.Headers;
using System.Text;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>Every answer of the HTTP calls, and what then lies on the broker.</summary>
public sealed class HttpCallsTests(IngestionFixture fixture) : IClassFixture<IngestionFixture>
{
    private const string Good = """{"eventTypeKey":"Applogin","keyValue":"k","params":{"contactId":"12312345612"}}""";

    private readonly RunningIngestion _ingestion = fixture.Ingestion;

    [Fact]
    public async Task One_event_is_answered_with_its_id_and_published()
    {
        var answer = await _ingestion.PostAsync("/api/v3/event", Good);

        answer.Status.Should().Be(202);
        var id = answer.Json.Text("eventId");
        Guid.Parse(id).Version.Should().Be(7);
        var published = await fixture.PublishedAsync(id);
        published.Text("eventType").Should().Be("Applogin");
        published.Text("keyValue").Should().Be("k");
        published.GetProperty("import").GetBoolean().Should().BeFalse();
        published.GetProperty("occurredAt").GetDateTimeOffset().Should().Be(published.GetProperty("receivedAt").GetDateTimeOffset());
        published.GetProperty("params").GetRawText().Should().Be("""{"contactId":"12312345612"}""");
    }

    [Fact]
    public async Task The_senders_id_is_kept()
    {
        var answer = await _ingestion.PostAsync("/api/v3/event", """{"eventTypeKey":"A","eventId":"mine","occurred":"2026-05-01","params":[{"name":"a","value":1}]}""");

        (answer.Status, answer.Text).Should().Be((202, """{"eventId":"mine"}"""));
        var published = await fixture.PublishedAsync("mine");
        published.GetProperty("occurredAt").GetDateTimeOffset().Should().Be(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
        published.GetProperty("params").GetRawText().Should().Be("""{"a":1}""");
    }

    [Fact]
    public async Task A_batch_tells_per_event_what_was_refused_and_publishes_the_others_in_order()
    {
        var answer = await _ingestion.PostAsync("/api/v3/events",
            """{"events":[{"eventTypeKey":"A","eventId":"b1"},{"eventTypeKey":"A?","eventId":"b2"},{"eventTypeKey":"A","eventId":"b3"},{},{"eventTypeKey":"A","eventId":"b1"}]}""");

        answer.Status.Should().Be(202);
        answer.Text.Should().Be("""
            {"accepted":3,"refused":[{"index":1,"eventId":"b2","errors":[{"pointer":"/events/1/eventTypeKey","detail":"must contain none of < > ; ' \\ / | \" ` ^ ? ! , and contains ? at place 2"}]},{"index":3,"errors":[{"pointer":"/events/3/eventTypeKey","detail":"is missing; give the event type, 1 to 100 characters"}]}]}
            """);
        (await fixture.PublishedAsync(3, one => one.Text("eventId").StartsWith('b'))).Select(one => one.Text("eventId")).Should().Equal("b1", "b3", "b1");
    }

    [Fact]
    public async Task Past_events_are_marked_as_an_import()
    {
        (await _ingestion.PostAsync("/api/v3/events/past", """{"events":[{"eventTypeKey":"A","eventId":"past","occurredAt":"2020-01-01T00:00:00Z"}]}""")).Text
            .Should().Be("""{"accepted":1,"refused":[]}""");
        await using var imports = await QueueReader.OpenAsync(fixture.Vhost, BrokerNames.ImportsQueue);
        (await imports.NextEventsAsync(1, one => one.Text("eventId") == "past"))[0].GetProperty("import").GetBoolean().Should().BeTrue();
    }

    [Theory]
    [InlineData("/api/v3/event", "{", 400, "")]
    [InlineData("/api/v3/events", "", 400, "")]
    [InlineData("/api/v3/event", "[]", 422, "")]
    [InlineData("/api/v3/event", """{"params":{}}""", 422, "/eventTypeKey")]
    [InlineData("/api/v3/events", """{"eventTypeKey":"A"}""", 422, "/events")]
    [InlineData("/api/v3/events", """{"events":[]}""", 422, "/events")]
    [InlineData("/api/v3/events/past", """{"events":[{"eventTypeKey":5}]}""", 422, "/events/0/eventTypeKey")]
    public async Task What_is_refused_as_a_whole_is_a_problem_with_its_place(string path, string body, int status, string where)
    {
        var answer = await _ingestion.PostAsync(path, body);

        (answer.Status, answer.ContentType).Should().Be((status, "application/problem+json"));
        answer.Json.GetProperty("status").GetInt32().Should().Be(status);
        answer.Json.Text("title").Should().NotBeEmpty();
        answer.Json.Text("detail").Should().NotBeEmpty();
        answer.Pointers.Should().Equal(where);
    }

    [Fact]
    public async Task If_all_events_are_refused_the_problem_lists_them()
    {
        var answer = await _ingestion.PostAsync("/api/v3/events", """{"events":[{"eventTypeKey":"","eventId":"x"},7]}""");

        answer.Status.Should().Be(422);
        answer.Pointers.Should().Equal("/events/0/eventTypeKey", "/events/1");
        answer.Json.GetProperty("refused").EnumerateArray().Select(one => one.GetProperty("index").GetInt32()).Should().Equal(0, 1);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData(null)]
    [InlineData("application/json; charset=utf-16")]
    public async Task What_is_not_JSON_by_its_type_is_415(string? contentType) =>
        (await _ingestion.PostAsync("/api/v3/event", Good, contentType)).Status.Should().Be(415);

    [Fact]
    public async Task A_compressed_body_is_415()
    {
        using var content = new StringContent(Good, Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await _ingestion.Http.PostAsync(new Uri("/api/v3/event", UriKind.Relative), content);

        ((int)answer.StatusCode).Should().Be(415);
    }

    [Theory]
    [InlineData("/api/v3/event", 20 * 1024 + 1, "an event may be up to 20480 bytes (20 KB) of JSON; *")]
    [InlineData("/api/v3/event", 64 * 1024 + 1, "the body may have up to 65536 bytes; *")]
    [InlineData("/api/v3/events", 501 * 20 * 1024 + 64 * 1024, "the body may have up to * bytes; *")]
    public async Task Too_much_is_413_and_says_the_limit(string path, int bytes, string detail)
    {
        var answer = await _ingestion.PostAsync(path, $$$"""{"eventTypeKey":"A","params":{"a":"{{{new string('x', bytes)}}}"}}""");

        answer.Status.Should().Be(413);
        answer.Json.GetProperty("errors")[0].Text("detail").Should().Match(detail);
    }

    [Fact]
    public async Task Too_much_is_413_also_when_its_length_is_not_announced()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v3/event");
        request.Headers.TransferEncodingChunked = true;
        request.Content = new StringContent(new string(' ', 64 * 1024 + 1), Encoding.UTF8, "application/json");
        using var answer = await _ingestion.Http.SendAsync(request);

        ((int)answer.StatusCode).Should().Be(413);
    }

    [Fact]
    public async Task A_full_batch_of_the_largest_events_is_accepted()
    {
        var around = """{"eventTypeKey":"Big","params":{"a":""}}""".Length;
        var largest = $$$"""{"eventTypeKey":"Big","params":{"a":"{{{new string('x', 20 * 1024 - around)}}}"}}""";

        (await _ingestion.PostAsync("/api/v3/events", $$"""{"events":[{{string.Join(',', Enumerable.Repeat(largest, 500))}}]}""")).Text
            .Should().Be("""{"accepted":500,"refused":[]}""");
        await fixture.PublishedAsync(500, one => one.Text("eventType") == "Big");
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer wrong-key-0123456789", 401)]
    [InlineData("Bearer", 401)]
    [InlineData("Digest abc", 401)]
    [InlineData("Basic !!!", 401)]
    [InlineData("Basic dGVzdC1rZXktMDEyMzQ1Njc4OTo=", 202)]
    [InlineData("Basic dGVzdC1rZXktMDEyMzQ1Njc4OTphbnl0aGluZw==", 202)]
    [InlineData("bearer test-key-0123456789", 202)]
    public async Task A_key_is_needed(string? authorization, int status)
    {
        using var http = new HttpClient { BaseAddress = _ingestion.Http.BaseAddress };
        if (authorization is not null)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        using var content = new StringContent(Good, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var answer = await http.PostAsync(new Uri("/api/v3/event", UriKind.Relative), content);

        ((int)answer.StatusCode).Should().Be(status);
        (answer.Headers.WwwAuthenticate.Count > 0).Should().Be(status == 401);
    }

    [Fact]
    public async Task Health_and_the_description_are_served_without_a_key()
    {
        using var http = new HttpClient { BaseAddress = _ingestion.Http.BaseAddress };

        (await http.GetStringAsync(new Uri("/health/live", UriKind.Relative))).Should().Be("""{"status":"live","reasons":[]}""");
        (await http.GetStringAsync(new Uri("/health/ready", UriKind.Relative))).Should().Be("""{"status":"ready","reasons":[]}""");
        (await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).Should()
            .Contain("\"/api/v3/event\"").And.Contain("\"/api/v3/events\"").And.Contain("\"/api/v3/events/past\"").And.Contain("eventTypeKey");
    }

    [Fact]
    public async Task An_unknown_call_is_a_problem_too()
    {
        (await _ingestion.GetAsync("/api/v3/nothing")).Should().BeEquivalentTo(new { Status = 404, ContentType = "application/problem+json" });
        (await _ingestion.GetAsync("/api/v3/event")).Should().BeEquivalentTo(new { Status = 405, ContentType = "application/problem+json" });
    }

    [Fact]
    public async Task Over_the_rate_is_429_with_the_time_to_wait()
    {
        await using var slow = await RunningIngestion.StartAsync(fixture.Vhost.Amqp, "RequestsPerSecond=1");

        (await slow.PostAsync("/api/v3/event", "{")).Status.Should().Be(400);
        var answer = await slow.PostAsync("/api/v3/event", "{");

        answer.Should().BeEquivalentTo(new { Status = 429, ContentType = "application/problem+json" });
        answer.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Without_keys_everybody_may_send_if_so_set()
    {
        await using var open = await RunningIngestion.StartAsync(fixture.Vhost.Amqp, "RequireKey=false");
        open.Http.DefaultRequestHeaders.Authorization = null;

        (await open.PostAsync("/api/v3/event", Good)).Status.Should().Be(202);
    }
}
