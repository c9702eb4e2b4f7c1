using System.Text.Json;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.UnitTests.Segmentation.Segments;

public sealed class SegmentRequestTests
{
    [Fact]
    public void A_key_a_name_and_a_condition_are_enough()
    {
        var (request, errors) = Parse("""{"key":"paid","name":"Paid","condition":{"event":"Paid"}}""");

        errors.Should().BeEmpty();
        request!.IsDraft.Should().BeFalse();
        request.IsSilent.Should().BeFalse();
        request.Segment.IsStatic.Should().BeFalse();
        request.Segment.Text.TimeZone.Should().Be("UTC");
        request.Segment.Text.Definition!.Sentence.Should().Be("Contacts who did 'Paid' today.");
    }

    [Fact]
    public void Everything_that_may_be_said_is_read()
    {
        var (request, errors) = Parse("""
            {"key":"paid","name":"Paid","purpose":"Thanks","tags":["b","a","b"],"kind":"dynamic","timeZone":"Europe/Berlin","condition":{"event":"Paid"},"draft":true}
            """);

        errors.Should().BeEmpty();
        request.Should().Match<SegmentRequest>(one => one.IsDraft && one.Segment.Purpose == "Thanks" && one.Segment.Text.TimeZone == "Europe/Berlin");
        request!.Segment.Tags.Should().Equal("b", "a");
    }

    [Theory]
    [InlineData("""{"key":"vip","name":"V","kind":"static"}""")]
    [InlineData("""{"key":"vip","name":"V","kind":"static","condition":null,"silent":true}""")]
    public void A_static_segment_has_no_condition(string body)
    {
        var (request, errors) = Parse(body);

        errors.Should().BeEmpty();
        request!.Segment.Should().Match<WrittenSegment>(segment => segment.IsStatic && segment.Text.Condition == null && segment.Text.Definition == null);
    }

    [Theory]
    [InlineData("""{"name":"Paid","condition":{"all":[]}}""")]
    [InlineData("""{"key":"paid","name":"Paid","condition":{"all":[]}}""")]
    public void A_key_in_the_address_need_not_stand_in_the_body(string body) => Parse(body, "paid").Request!.Segment.Key.Should().Be("paid");

    [Theory]
    [InlineData("""[]""", "", "JSON object")]
    [InlineData("""{"name":"n","condition":{"all":[]}}""", "/key", "needs a key")]
    [InlineData("""{"key":"A b","name":"n","condition":{"all":[]}}""", "/key", "'A b' has others")]
    [InlineData("""{"key":"a\n","name":"n","condition":{"all":[]}}""", "/key", "control")]
    [InlineData("""{"key":"schema","name":"n","condition":{"all":[]}}""", "/key", "not free")]
    [InlineData("""{"key":"a","condition":{"all":[]}}""", "/name", "needs a name")]
    [InlineData("""{"key":"a","name":" ","condition":{"all":[]}}""", "/name", "1 to 200")]
    [InlineData("""{"key":"a","name":"n","purpose":"a\u0007","condition":{"all":[]}}""", "/purpose", "control")]
    [InlineData("""{"key":"a","name":"n","tags":"x","condition":{"all":[]}}""", "/tags", "at most 20")]
    [InlineData("""{"key":"a","name":"n","tags":["x",""],"condition":{"all":[]}}""", "/tags/1", "1 to 50")]
    [InlineData("""{"key":"a","name":"n","kind":"fixed","condition":{"all":[]}}""", "/kind", "\"fixed\" came")]
    [InlineData("""{"key":"a","name":"n","kind":"static","condition":{"all":[]}}""", "/condition", "no condition")]
    [InlineData("""{"key":"a","name":"n"}""", "/condition", "needs a condition")]
    [InlineData("""{"key":"a","name":"n","condition":null}""", "/condition", "needs a condition")]
    [InlineData("""{"key":"a","name":"n","condition":{"event":"A","period":"last fortnight"}}""", "/condition/period", "fortnight")]
    [InlineData("""{"key":"a","name":"n","timeZone":"Berlin","condition":{"all":[]}}""", "/timeZone", "IANA")]
    [InlineData("""{"key":"a","name":"n","kind":"static","timeZone":"Berlin"}""", "/timeZone", "IANA")]
    [InlineData("""{"key":"a","name":"n","draft":"yes","condition":{"all":[]}}""", "/draft", "\"yes\" came")]
    [InlineData("""{"key":"a","name":"n","draft":true,"silent":true,"condition":{"all":[]}}""", "/silent", "published")]
    [InlineData("""{"key":"a","name":"n","revision":3,"condition":{"all":[]}}""", "/revision", "no 'revision'")]
    public void What_is_wrong_is_said_where_it_is(string body, string place, string detail)
    {
        var (request, errors) = Parse(body);

        request.Should().BeNull();
        errors.Should().ContainSingle().Which.Should().Match<ProblemError>(error => error.Pointer == place && error.Detail.Contains(detail));
    }

    [Fact]
    public void A_key_does_not_change() =>
        Parse("""{"key":"other","name":"n","condition":{"all":[]}}""", "paid").Errors.Should().ContainSingle().Which.Detail.Should().Contain("'paid'").And.Contain("'other'");

    private static (SegmentRequest? Request, IReadOnlyList<ProblemError> Errors) Parse(string body, string? address = null) =>
        SegmentRequest.Parse(JsonDocument.Parse(body).RootElement, address);
}
