using System.Text.Json;

namespace EventSegmentation.Evaluation.Tests.Reading;

public sealed class DefinitionTests
{
    [Theory]
    [InlineData("5", "", "found the number 5, expected an object such as")]
    [InlineData("""{"evnt":"A"}""", "", "did you mean 'event'?")]
    [InlineData("""{"event":"A","first":"A"}""", "", "expected exactly one of all, any, not, event")]
    [InlineData("""{"event":"A","perod":"today"}""", "/perod", "did you mean 'period'?")]
    [InlineData("""{"all":[{"event":"A"},{"event":7}]}""", "/all/1/event", "found the number 7, expected an event type, or a list of them")]
    [InlineData("""{"event":[]}""", "/event", "found an empty list, expected a list of 1 to 10 event types")]
    [InlineData("""{"event":["1","2","3","4","5","6","7","8","9","10","11"]}""", "/event", "found a list of 11")]
    [InlineData("""{"event":"A","count":{"atLeast":1,"atMost":2}}""", "/count", "found atLeast and atMost, expected exactly one of")]
    [InlineData("""{"event":"A","count":{}}""", "/count", "found no operator")]
    [InlineData("""{"event":"A","count":{"atLeast":1.5}}""", "/count/atLeast", "expected whole numbers from 0")]
    [InlineData("""{"event":"A","count":{"between":[3,1]}}""", "/count/between", "expected the lower number first")]
    [InlineData("""{"event":"A","atLeast":1}""", "/atLeast", "expected it inside \"count\"")]
    [InlineData("""{"event":"A","sum":"n"}""", "", "found no operator, expected exactly one of atLeast")]
    [InlineData("""{"event":"A","sum":"n","maximum":"n","atLeast":1}""", "", "found sum and maximum")]
    [InlineData("""{"event":"A","count":{"atLeast":1001},"period":"last 30 days"}""", "", "expected at most 1000: each of them must be kept")]
    [InlineData("""{"event":"A","distinct":"n","atLeast":1001}""", "", "expected at most 1000")]
    [InlineData("""{"event":"A","where":{"param":"n"}}""", "/where", "found no operator, expected exactly one of is, isNot")]
    [InlineData("""{"event":"A","where":{"param":"n","iz":1}}""", "/where/iz", "did you mean 'is'?")]
    [InlineData("""{"event":"A","where":{"param":"n","atLeast":1e-20000}}""", "/where/atLeast", "whose exponent is at most 400")]
    [InlineData("""{"event":"A","where":{"param":"n","is":0e99999}}""", "/where/is", "whose exponent is at most 400")]
    [InlineData("""{"event":"A","count":{"atLeast":1e-20000}}""", "/count/atLeast", "whose exponent is at most 400")]
    [InlineData("""{"event":"A","where":{"param":"n","moreThan":"5"}}""", "/where/moreThan", "found '5', expected a number")]
    [InlineData("""{"event":"A","where":{"param":"n","is":null}}""", "/where/is", "write \"exists\": false")]
    [InlineData("""{"event":"A","where":{"param":"n","in":[]}}""", "/where/in", "found an empty list")]
    [InlineData("""{"event":"A","where":{"param":"n","atLeast":1,"ignoreCase":true}}""", "/where/ignoreCase", "found 'ignoreCase' beside 'atLeast'")]
    [InlineData("""{"event":"A","where":{"param":"n","matches":"("}}""", "/where/matches", "expected a regular expression that runs in linear time")]
    [InlineData("""{"event":"A","where":{"param":"n","matches":"(?=x)"}}""", "/where/matches", "linear time")]
    [InlineData("""{"event":"A","where":{"param":"n","on":"2026-01-01T00:00:00Z"}}""", "/where/on", "expected a date such as '2026-01-31'")]
    [InlineData("""{"event":"A","where":{"param":"n","before":"soon"}}""", "/where/before", "or an instant")]
    [InlineData("""{"event":"A","where":{"param":"a/b~c","is":[]}}""", "/where/is", "found an empty list")]
    [InlineData("""{"event":"A","a/b~c":1}""", "/a~1b~0c", "found 'a/b~c'")]
    [InlineData("""{"event":"A","event":"B"}""", "/event", "found 'event' twice")]
    [InlineData("""{"event":"A","period":"last 30 dayz"}""", "/period", "at character 9: found 'dayz', expected a unit from seconds to years; did you mean 'days'?")]
    [InlineData("""{"event":"A","period":"tody"}""", "/period", "did you mean 'today'?")]
    [InlineData("""{"event":"A","period":"today please"}""", "/period", "at character 7: found 'please', expected nothing more")]
    [InlineData("""{"event":"A","period":"last"}""", "/period", "at character 5: found the end")]
    [InlineData("""{"event":"A","period":"last 0 days"}""", "/period", "expected a whole number from 1")]
    [InlineData("""{"event":"A","period":"exactly 0 days ago"}""", "/period", "write 'today'")]
    [InlineData("""{"event":"A","period":"60 to 30 days ago"}""", "/period", "'30 to 60 days ago'")]
    [InlineData("""{"event":"A","period":"last 7 days except last 30 days"}""", "/period", "expected less than the 7 days before it")]
    [InlineData("""{"event":"A","period":"2026-02-01 to 2026-01-01"}""", "/period", "expected the earlier first")]
    [InlineData("""{"event":"A","period":"next 7 days"}""", "/period", "events ahead do not exist yet")]
    [InlineData("""{"event":"A","period":"last 101 years"}""", "/period", "expected at most 100 years")]
    [InlineData("""{"event":"A","period":"exactly 3 hours ago"}""", "/period", "expected a unit from days to years")]
    [InlineData("""{"event":"A","period":"before 2026-02-30"}""", "/period", "expected a date such as")]
    [InlineData("""{"event":"A","contactOlderThan":"1 month"}""", "/contactOlderThan", "expected a unit from seconds to weeks")]
    [InlineData("""{"streak":"A","complete":"weeks"}""", "", "found no 'previous'")]
    [InlineData("""{"streak":"A","previous":401,"complete":"weeks"}""", "/previous", "expected a whole number from 1 to 400")]
    [InlineData("""{"streak":"A","previous":4,"complete":"week"}""", "/complete", "did you mean 'weeks'?")]
    [InlineData("""{"streak":"A","previous":4,"complete":"weeks","inAtLeast":5}""", "/inAtLeast", "from 1 to 4")]
    [InlineData("""{"sequence":[{"event":"A","within":"1 hour"}]}""", "/sequence/0/within", "on the first step")]
    [InlineData("""{"sequence":[]}""", "/sequence", "expected a list of 1 to 10 steps")]
    [InlineData("""{"contact":"created","is":"x"}""", "/is", "found 'is'")]
    [InlineData("""{"contact":"born","anniversary":"all time"}""", "/anniversary", "expected a period around now")]
    [InlineData("""{"inSegment":"New Users"}""", "/inSegment", "lower-case letters, digits and hyphens")]
    [InlineData("""{"event":"A","where":{"param":"a.b.c.d.e.f.g.h.i.j.k","is":1}}""", "/where/param", "found a name of 11 parts, expected at most 10")]
    [InlineData("""{"event":"\ud800"}""", "", "expected Unicode")]
    [InlineData("""{"sample":"0%"}""", "/sample", "above 0% and up to 100%")]
    public void Error_says_where_what_and_what_instead(string json, string place, string detail)
    {
        var result = Definition.Parse(JsonElement.Parse(json), null);
        result.Definition.Should().BeNull();
        result.Errors.Should().Contain(error => error.Pointer == place && error.Detail.Contains(detail), string.Join("; ", result.Errors));
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xE2)]
    public void Bytes_that_are_no_text_are_refused(byte odd)
    {
        byte[] json = [.. "{\"event\":\"A"u8, odd, .. "\"}"u8];
        var result = Definition.Parse(JsonElement.Parse(json), null);
        result.Definition.Should().BeNull();
        result.Errors.Should().ContainSingle().Which.Detail.Should().Contain("expected Unicode");
    }

    [Fact]
    public void What_is_quoted_is_not_cut_within_a_character()
    {
        var text = $" {string.Concat(Enumerable.Repeat("😀", 40))}";
        var result = Definition.Parse(JsonSerializer.SerializeToElement(text), null);
        result.Errors.Should().ContainSingle().Which.Detail.Should().StartWith($"found ' {string.Concat(Enumerable.Repeat("😀", 29))}…'");
    }

    [Fact]
    public void Every_error_is_reported_at_once()
    {
        var result = Definition.Parse(JsonElement.Parse("""{"all":[{"event":"A","period":"x"},{"not":{"event":"B","where":{"param":"n","iz":1}}}]}"""), "Europe/Berln");
        result.Errors.Select(error => error.Pointer).Should().Equal("/timeZone", "/all/0/period", "/all/1/not/where/iz");
        result.Errors[0].Detail.Should().Contain("did you mean 'Europe/Berlin'?");
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Depth_counts_groups_and_the_leaf(int depth, bool good)
    {
        var json = Enumerable.Range(1, depth - 1).Aggregate("""{"event":"A"}""", (inner, _) => $$"""{"not":{{inner}}}""");
        (Definition.Parse(JsonElement.Parse(json), null).Definition is not null).Should().Be(good);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Leaves_are_limited(int leaves, bool good)
    {
        var json = $$"""{"any":[{{string.Join(",", Enumerable.Range(0, leaves).Select(i => $$"""{"event":"A{{i}}"}"""))}}]}""";
        var result = Definition.Parse(JsonElement.Parse(json), null);
        (result.Definition is not null).Should().Be(good);
        if (!good)
            result.Errors.Should().ContainSingle().Which.Should().Be(new DefinitionError("/any/100", "found more, expected at most 100 leaves in one condition"));
    }

    [Theory]
    [InlineData("""{"all":[]}""", "An empty 'all' holds for every contact.")]
    [InlineData("""{"any":[]}""", "An empty 'any' holds for nobody.")]
    [InlineData("""{"any":[]}""", "The condition can never hold.")]
    [InlineData("""{"event":"A","count":{"atLeast":0}}""", "The condition holds for every contact, always.")]
    [InlineData("""{"event":"A","count":{"lessThan":0}}""", "The condition can never hold.")]
    [InlineData("""{"all":[{"event":"A"},{"not":{"event":"A","period":"today"}}]}""", "The condition can never hold.")]
    [InlineData("""{"any":[{"event":"A"},{"not":{"event":"A"}}]}""", "The condition holds for every contact, always.")]
    [InlineData("""{"all":[{"event":"A","count":{"atLeast":5}},{"event":"A","count":{"atMost":3}}]}""", "The condition can never hold.")]
    [InlineData("""{"event":"A","where":{"any":[]}}""", "The condition can never hold.")]
    [InlineData("""{"event":["A","B"],"count":{"atMost":2}}""", "Contacts that never sent 'A' or 'B' satisfy \"at most 2\" as well.")]
    [InlineData("""{"any":[{"last":"A","period":"last 7 days"},{"last":"A","period":"7 to 30 days ago"}]}""", "'last 7 days' is rolling and '7 to 30 days ago' goes by calendar days: for 'A' they may overlap or leave a gap.")]
    public void Warning_says_what_is_hardly_meant(string json, string warning) =>
        Definition.Parse(JsonElement.Parse(json), null).Warnings.Should().Contain(warning);

    [Theory]
    [InlineData("""{"event":"A"}""")]
    [InlineData("""{"all":[{"event":"A","period":"today"},{"event":"B","period":"last 30 days"}]}""")]
    [InlineData("""{"not":{"event":"A"}}""")]
    public void Ordinary_definitions_have_no_warnings(string json) =>
        Definition.Parse(JsonElement.Parse(json), null).Warnings.Should().BeEmpty();

    [Fact]
    public void Definition_names_its_event_types_and_segments()
    {
        var definition = Definition.Parse(JsonElement.Parse("""{"all":[{"last":["B","A"],"notFollowedBy":{"event":"C"}},{"inSegment":"vips"}]}"""), "Europe/Berlin").Definition!;
        definition.EventTypes.Should().BeEquivalentTo("A", "B", "C");
        definition.Segments.Should().BeEquivalentTo("vips");
        definition.TimeZone.Should().Be("Europe/Berlin");
    }
}
