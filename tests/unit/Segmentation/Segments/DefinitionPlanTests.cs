using System.Text.Json;
using EventSegmentation.Segmentation.Segments.AsCode;

namespace EventSegmentation.UnitTests.Segmentation.Segments;

public sealed class DefinitionPlanTests
{
    private const string Present = """
        {"segments":[{"key":"a","name":"A","tags":["x"],"condition":{"event":"A"}},{"key":"list","name":"L","kind":"static"}],
         "groups":[{"key":"g","segments":["a","list"]}],
         "matchingRules":[{"on":true,"contactField":"email","parameter":"mail"},{"eventType":"T","on":true,"contactField":"phone","parameter":"tel"}]}
        """;

    [Theory]
    [InlineData(Present, "")]
    [InlineData("{}", "")]
    [InlineData("""{"segments":[],"groups":[],"matchingRules":[]}""", "")]
    [InlineData("""{"segments":[{"key":"a","name":"A","tags":["x"],"condition":{"event":["A"],"period":"today"}}]}""", "")]
    [InlineData("""{"segments":[{"key":"b","name":"B","condition":{"event":"B"}}]}""", "create segment b")]
    [InlineData("""{"segments":[{"key":"a","name":"New","purpose":"P","condition":{"event":"A","period":"yesterday"}}]}""",
        "update segment a: Its name is 'New' now, 'A' before. Its purpose is 'P' now, '' before. Its tags are none now, x before. Instead of contacts who did 'A' today, now contacts who did 'A' yesterday.")]
    [InlineData("""{"segments":[{"key":"list","name":"L","condition":{"event":"A"}}]}""", "update segment list: It is dynamic now, static before.")]
    [InlineData("""{"segments":[{"key":"list","name":"L","kind":"static","timeZone":"Europe/Berlin"}]}""", "update segment list: Days begin in Europe/Berlin now, in UTC before.")]
    [InlineData("""{"groups":[{"key":"g","segments":["list","a"]},{"key":"h","segments":["b"]}]}""", "update group g: Its order is list, a now, a, list before. | create group h")]
    [InlineData("""{"matchingRules":[{"on":false,"contactField":"phone","parameter":"p"}]}""",
        "update matchingRule : It is off now, on before. Its contact field is 'phone' now, 'email' before. Its parameter is 'p' now, 'mail' before.")]
    [InlineData("""{"matchingRules":[{"eventType":"U","on":true,"contactField":"phone","parameter":"p"}]}""", "create matchingRule U")]
    public void A_document_says_what_it_changes(string document, string changes) => Said(document, prune: false).Should().Be(changes);

    [Theory]
    [InlineData(Present, "")]
    [InlineData("{}", "")]
    [InlineData("""{"segments":[]}""", "archive segment a | archive segment list")]
    [InlineData("""{"segments":[{"key":"z","name":"Z","kind":"static"}],"groups":[],"matchingRules":[]}""",
        "archive segment a | archive segment list | create segment z | remove group g | remove matchingRule  | remove matchingRule T")]
    public void Only_pruning_ends_what_the_document_does_not_have_and_only_of_what_it_speaks(string document, string changes) =>
        Said(document, prune: true).Should().Be(changes);

    [Theory]
    [InlineData("""[]""", "")]
    [InlineData("""{"segment":[]}""", "/segment")]
    [InlineData("""{"segments":{}}""", "/segments")]
    [InlineData("""{"segments":[{"key":"a","name":"A","condition":{"event":"A"}},{"key":"a","name":"B","condition":{"event":"B"}}]}""", "/segments/1/key")]
    [InlineData("""{"segments":[7,{"key":"a","name":"A","condition":{"evnt":"A"}},{"key":"b","name":"B","draft":true,"condition":{"event":"A"}}]}""", "/segments/0 /segments/1/condition /segments/2/draft")]
    [InlineData("""{"groups":[{"segments":["a"]},{"key":"g","segments":[]},{"key":"h","segments":["a","a","B"]}]}""", "/groups/0/key /groups/1/segments /groups/2/segments/1 /groups/2/segments/2")]
    [InlineData("""{"matchingRules":[{"eventType":"a<b","on":true,"contactField":"email","parameter":"p"},{"on":1,"contactField":"email","parameter":"p"}]}""", "/matchingRules/0/eventType /matchingRules/1/on")]
    [InlineData("""{"matchingRules":[{"on":true,"contactField":"email","parameter":"p"},{"on":true,"contactField":"email","parameter":"q"}]}""", "/matchingRules/1/eventType")]
    public void A_wrong_document_is_refused_as_a_whole_with_every_place(string document, string places)
    {
        var (parsed, errors) = DefinitionDocument.Parse(JsonDocument.Parse(document).RootElement);

        parsed.Should().BeNull();
        string.Join(' ', errors.Select(error => error.Pointer)).Should().Be(places);
    }

    private static string Said(string document, bool prune) => string.Join(" | ", DefinitionPlan.Of(Read(Present), Read(document), prune).Select(change =>
        $"{change.Action} {change.What} {change.Key}{(change.Differences.Count == 0 ? "" : $": {string.Join(' ', change.Differences)}")}"));

    private static DefinitionDocument Read(string document)
    {
        var (parsed, errors) = DefinitionDocument.Parse(JsonDocument.Parse(document).RootElement);
        errors.Should().BeEmpty();
        return parsed!;
    }
}
