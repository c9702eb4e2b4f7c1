using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class MatchingRuleTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_rule_counts_for_the_next_event_and_a_rematch_brings_the_earlier_ones()
    {
        await service.SwitchOnAsync("Expired");
        await service.SendAsync(SegmentationService.Event("Expired", new { email_client = "early@rule.example" }));
        await UnassignedAsync("Expired", 1);
        (await service.Api.GetAsync("/api/event-types/Expired/matching-rule")).StatusCode.Should().Be(HttpStatusCode.NotFound);

        var set = await PutAsync("/api/event-types/Expired/matching-rule", """{"on":true,"contactField":"email","parameter":"email_client"}""");
        await service.SendAsync(SegmentationService.Event("Expired", new { email_client = "next@rule.example" }));
        await service.CardAsync("email:next@rule.example");
        (await service.GetAsync("/api/contacts?identifier=email:early@rule.example")).GetProperty("items").GetArrayLength().Should().Be(0);
        var rematch = await (await service.Api.PostAsync("/api/events/rematch", null)).Content.ReadFromJsonAsync<JsonElement>();

        set.StatusCode.Should().Be(HttpStatusCode.OK);
        rematch.GetRawText().Should().Be("""{"examined":1,"assigned":1,"unassigned":0,"next":null}""");
        await service.CardAsync("email:early@rule.example");
        var type = await service.GetAsync("/api/event-types/Expired");
        type.GetProperty("matchingRule").GetRawText().Should().Be("""{"on":true,"contactField":"email","parameter":"email_client"}""");
        type.GetProperty("placesLeft").GetInt32().Should().BeLessThan(50);
        type.GetProperty("intervals")[0].GetProperty("to").ValueKind.Should().Be(JsonValueKind.Null);
        type.GetProperty("parameters")[0].GetProperty("distinct").GetInt32().Should().Be(2);

        (await service.Api.DeleteAsync("/api/event-types/Expired/matching-rule")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await service.SendAsync(SegmentationService.Event("Expired", new { email_client = "next@rule.example" }));
        await UnassignedAsync("Expired", 1);
    }

    [Fact]
    public async Task The_installations_rule_counts_for_every_type()
    {
        await service.SwitchOnAsync("Anything");
        (await PutAsync("/api/matching-rule", """{"on":true,"contactField":"phone","parameter":"tel"}""")).EnsureSuccessStatusCode();

        await service.SendAsync(SegmentationService.Event("Anything", new { TEL = "555-1" }));

        await service.CardAsync("phone:555-1");
        (await service.GetAsync("/api/matching-rule")).GetProperty("contactField").GetString().Should().Be("phone");
        (await service.Api.DeleteAsync("/api/matching-rule")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await service.Api.GetAsync("/api/matching-rule")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_rule_makes_an_additional_field_one_by_which_its_holders_are_found()
    {
        await service.SwitchOnAsync("Crm");
        await service.SendAsync(SegmentationService.Event("Crm", new { Email = "holder@crm.example" }));
        var holder = (await service.CardAsync("email:holder@crm.example")).GetProperty("contactId").GetString();
        await AddFieldAsync("crmId", "number");
        await SetFieldAsync(holder!, """{"crmId":77}""");

        (await PutAsync("/api/event-types/Crm/matching-rule", """{"on":true,"contactField":"crmId","parameter":"crm"}""")).StatusCode.Should().Be(HttpStatusCode.OK);
        await service.SendAsync(SegmentationService.Event("Crm", new { crm = "77", Phone = "of the holder" }));

        (await service.CardAsync("phone:of the holder")).GetProperty("contactId").GetString().Should().Be(holder);
        (await service.CardAsync("crmId:77")).GetProperty("contactId").GetString().Should().Be(holder);
    }

    [Fact]
    public async Task A_field_that_does_not_tell_contacts_apart_is_refused_with_some_of_them()
    {
        await service.SwitchOnAsync("Shared");
        await service.SendAsync(
            SegmentationService.Event("Shared", new { Email = "one@shared.example" }), SegmentationService.Event("Shared", new { Email = "two@shared.example" }));
        await AddFieldAsync("family", "text");
        var ids = new List<string>();
        foreach (var name in new[] { "one", "two" })
        {
            ids.Add((await service.CardAsync($"email:{name}@shared.example")).GetProperty("contactId").GetString()!);
            await SetFieldAsync(ids[^1], """{"family":"Lovelace"}""");
        }

        var answer = await PutAsync("/api/matching-rule", """{"on":true,"contactField":"family","parameter":"family"}""");

        answer.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain(ids[0]).And.Contain(ids[1]).And.Contain("Merge or edit");
        (await service.Api.GetAsync("/api/matching-rule")).StatusCode.Should().Be(HttpStatusCode.NotFound, "nothing of it was done");
    }

    [Theory]
    [InlineData("""[]""", "", "an array came")]
    [InlineData("""{"contactField":"email","parameter":"p"}""", "/on", "nothing came")]
    [InlineData("""{"on":"yes","contactField":"email","parameter":"p"}""", "/on", "a text came")]
    [InlineData("""{"on":true,"parameter":"p"}""", "/contactField", "nothing came")]
    [InlineData("""{"on":true,"contactField":7,"parameter":"p"}""", "/contactField", "a number came")]
    [InlineData("""{"on":true,"contactField":"shoeSize","parameter":"p"}""", "/contactField", "ContactKey")]
    [InlineData("""{"on":true,"contactField":"shoeSize","parameter":"p"}""", "/contactField", "PUT /api/contact-fields/{name}")]
    [InlineData("""{"on":true,"contactField":"Email","parameter":"p"}""", "/contactField", "contactId, externalId, email, phone, pushToken")]
    [InlineData("""{"on":true,"contactField":"","parameter":"p"}""", "/contactField", "'' is no contact field")]
    [InlineData("""{"on":true,"contactField":"bornOn","parameter":"p"}""", "/contactField", "text and number")]
    [InlineData("""{"on":true,"contactField":"email"}""", "/parameter", "nothing came")]
    [InlineData("""{"on":true,"contactField":"email","parameter":null}""", "/parameter", "null came")]
    [InlineData("""{"on":true,"contactField":"email","parameter":""}""", "/parameter", "1 to 200 characters; this one has 0")]
    [InlineData("""{"on":true,"contactField":"email","parameter":"<201 times p>"}""", "/parameter", "this one has 201")]
    [InlineData("""{"on":true,"contactField":"email","parameter":" \t "}""", "/parameter", "blank")]
    [InlineData("""{"on":true,"contactField":"email","parameter":"a\u0007"}""", "/parameter", "control")]
    [InlineData("""{"on":true,"contactField":"email","parameter":"p","field":"phone"}""", "/field", "none of them")]
    public async Task A_wrong_rule_is_refused_with_place_and_reason(string body, string place, string detail)
    {
        await AddFieldAsync("bornOn", "date");

        var answer = await PutAsync("/api/matching-rule", body.Replace("<201 times p>", new string('p', 201)));

        answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().Single();
        error.GetProperty("pointer").GetString().Should().Be(place);
        error.GetProperty("detail").GetString().Should().Contain(detail);
        (await service.Api.GetAsync("/api/matching-rule")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("PUT", "/api/event-types/a%3Cb/matching-rule", """{"on":true,"contactField":"email","parameter":"p"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("PUT", "/api/matching-rule", "no JSON", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/events/rematch?cursor=eHg", null, HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/events/rematch?cursor=!", null, HttpStatusCode.BadRequest)]
    public async Task What_is_not_understood_is_refused(string method, string path, string? body, HttpStatusCode expected)
    {
        var answer = await service.Api.SendAsync(Request(method, path, body));

        answer.StatusCode.Should().Be(expected);
    }

    [Theory]
    [InlineData("GET", "/api/matching-rule", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/api/matching-rule", HttpStatusCode.Forbidden)]
    [InlineData("DELETE", "/api/matching-rule", HttpStatusCode.Forbidden)]
    [InlineData("PUT", "/api/event-types/T/matching-rule", HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/events/rematch", HttpStatusCode.Forbidden)]
    public async Task A_read_key_only_reads(string method, string path, HttpStatusCode expected)
    {
        using var reader = service.Reader();

        var answer = await reader.SendAsync(Request(method, path, method == "PUT" ? """{"on":true,"contactField":"email","parameter":"p"}""" : null));

        answer.StatusCode.Should().Be(expected);
    }

    private Task<HttpResponseMessage> PutAsync(string path, string body) => service.Api.SendAsync(Request("PUT", path, body));

    private static HttpRequestMessage Request(string method, string path, string? body) => new(new(method), path)
    {
        Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
    };

    private Task<long> UnassignedAsync(string type, long count) => Eventually.BecomesAsync(
        () => service.Database.ScalarAsync<long>($"select count(*) from segmentation.unassigned_events where type = '{type}'"), found => found == count, $"{count} unassigned");

    private Task<long> AddFieldAsync(string name, string type) => service.Database.ScalarAsync<long>($"""
        with added as (insert into segmentation.contact_fields (name, type, created) values ('{name}', '{type}', now()) on conflict do nothing returning 1)
        select count(*) from added
        """);

    private Task<long> SetFieldAsync(string contact, string fields) =>
        service.Database.ScalarAsync<long>($"update segmentation.contacts set fields = '{fields}' where id = {contact} returning id");
}
