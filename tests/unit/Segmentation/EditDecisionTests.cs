using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class EditDecisionTests
{
    private static readonly Dictionary<string, ContactField> Known = new()
    {
        ["ContactKey"] = new("ContactKey", FieldType.Text, Identifies: true),
        ["number"] = new("number", FieldType.Number, Identifies: true),
        ["plan"] = new("plan", FieldType.Text, Identifies: false),
        ["born"] = new("born", FieldType.Date, Identifies: false),
        ["score"] = new("score", FieldType.Number, Identifies: false),
        ["note"] = new("note", FieldType.Text, Identifies: false),
    };

    /// <summary>
    /// Contact 7 has the fields plan=basic and number=42, and the identifiers contactId app-7, email Ada@example.com, number 42, ContactKey k (by an event)
    /// and pushToken t-1. Expected: the fact as fields, + what it gains, - what it loses, and new:name:type; or where it is refused.
    /// </summary>
    [Theory]
    [InlineData("""{}""", "{}")]
    [InlineData("""{"fields":{"plan":"basic"}}""", "{}")]
    [InlineData("""{"fields":{"plan":"pro"}}""", """{"plan":"pro"}""")]
    [InlineData("""{"fields":{"plan":null}}""", """{"plan":null}""")]
    [InlineData("""{"fields":{"unheard":null}}""", "{}")]
    [InlineData("""{"fields":{"plan":"2026-01-02"}}""", """{"plan":"2026-01-02"}""")]
    [InlineData("""{"fields":{"born":"1815-12-10"}}""", """{"born":"1815-12-10"}""")]
    [InlineData("""{"fields":{"born":"1815-12-10T10:00:00+01:00"}}""", """{"born":"1815-12-10T10:00:00+01:00"}""")]
    [InlineData("""{"fields":{"born":"long ago"}}""", "refused /fields/born")]
    [InlineData("""{"fields":{"score":"5"}}""", "refused /fields/score")]
    [InlineData("""{"fields":{"score":5.50}}""", """{"score":5.50}""")]
    [InlineData("""{"fields":{"trialEnds":"2026-08-01"}}""", """{"trialEnds":"2026-08-01"} new:trialEnds:date""")]
    [InlineData("""{"fields":{"a":"x","b":1,"c":true,"d":["x"],"e":{"f":1}}}""", """{"a":"x","b":1,"c":true,"d":["x"],"e":{"f":1}} new:a:text new:b:number new:c:boolean new:d:list new:e:object""")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"ada@EXAMPLE.com"}]}""", "{} +email:ada@EXAMPLE.com -email:Ada@example.com")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"Ada@example.com"}]}""", "{}")]
    [InlineData("""{"identifiers":[{"kind":"email","value":null}]}""", "{} -email:Ada@example.com")]
    [InlineData("""{"identifiers":[{"kind":"email","value":" ADA@example.com","remove":true}]}""", "{} -email:Ada@example.com")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"else@example.com","remove":true}]}""", "{}")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":380501112233}]}""", "{} +phone:380501112233")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":"1"},{"kind":"phone","value":"2"}]}""", "{} +phone:2")]
    [InlineData("""{"identifiers":[{"kind":"pushToken","value":"t-2"}]}""", "{} +pushToken:t-2")]
    [InlineData("""{"identifiers":[{"kind":"pushToken","value":"t-1","remove":true},{"kind":"pushToken","value":"t-2"}]}""", "{} +pushToken:t-2 -pushToken:t-1")]
    [InlineData("""{"identifiers":[{"kind":"contactId","value":"app-8"}]}""", "{} +contactId:app-8")]
    [InlineData("""{"identifiers":[{"kind":"contactId","value":null}]}""", "{} -contactId:app-7")]
    [InlineData("""{"identifiers":[{"kind":"contactId","value":"7"}]}""", "{}")]
    [InlineData("""{"identifiers":[{"kind":"contactId","value":"7","remove":true}]}""", "refused /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"plan","value":"x"}]}""", "refused /identifiers/0/kind")]
    [InlineData("""{"identifiers":[{"kind":"e-mail","value":"x"}]}""", "refused /identifiers/0/kind")]
    [InlineData("""{"fields":{"number":43}}""", """{"number":43} +number:43 -number:42""")]
    [InlineData("""{"fields":{"number":null}}""", """{"number":null} -number:42""")]
    [InlineData("""{"identifiers":[{"kind":"number","value":"43"}]}""", """{"number":43} +number:43 -number:42""")]
    [InlineData("""{"identifiers":[{"kind":"number","value":null}]}""", """{"number":null} -number:42""")]
    [InlineData("""{"identifiers":[{"kind":"number","value":"x"}]}""", "refused /identifiers/0")]
    [InlineData("""{"fields":{"ContactKey":"k"}}""", "{}")]
    [InlineData("""{"fields":{"ContactKey":"l"}}""", """{"ContactKey":"l"} +ContactKey:l -ContactKey:k""")]
    [InlineData("""{"fields":{"ContactKey":null}}""", "{} -ContactKey:k")]
    [InlineData("""{"fields":{"ContactKey":"  "}}""", "refused /fields/ContactKey")]
    [InlineData("""{"fields":{"EMAIL":"x"}}""", "refused /fields/EMAIL")]
    [InlineData("""{"fields":{"a:b":"x"}}""", "refused /fields/a:b")]
    [InlineData("""{"fields":{"":"x"}}""", "refused /fields/")]
    [InlineData("""{"fields":{"b":1e400}}""", "refused /fields/b")]
    [InlineData("""{"fields":{"b":1e-400}}""", "refused /fields/b")]
    [InlineData("""{"fields":{"d":[{"e/f":1e400}]}}""", "refused /fields/d/0/e~1f")]
    [InlineData("""{"fields":[]}""", "refused /fields")]
    [InlineData("""{"field":{}}""", "refused /field")]
    [InlineData("""[]""", "refused ")]
    [InlineData("""{"identifiers":{}}""", "refused /identifiers")]
    [InlineData("""{"identifiers":[{"kind":"email"}]}""", "refused /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"x","delete":true}]}""", "refused /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"x","remove":1}]}""", "refused /identifiers/0/remove")]
    [InlineData("""{"identifiers":[{"kind":"email","value":" "}]}""", "refused /identifiers/0/value")]
    [InlineData("""{"identifiers":[{"kind":"email","value":true}]}""", "refused /identifiers/0/value")]
    public void What_a_change_does(string body, string expected) => Describe(body).Should().Be(expected);

    [Fact]
    public void Limits_are_reached_and_not_passed()
    {
        var text = new string('x', FieldValue.MaxTextLength);
        Describe($$$"""{"fields":{"note":"{{{text}}}"}}""").Should().NotStartWith("refused");
        Describe($$$"""{"fields":{"note":"{{{text}}}x"}}""").Should().Be("refused /fields/note");
        var id = new string('x', Identifier.MaxLength);
        Describe($$"""{"identifiers":[{"kind":"phone","value":"{{id}}"}]}""").Should().Be($"{{}} +phone:{id}");
        Describe($$"""{"identifiers":[{"kind":"phone","value":"{{id}}x"}]}""").Should().Be("refused /identifiers/0/value");

        // The contact has t-1, and two fields that take 27 bytes with what stands around a list.
        Describe(Tokens(IdentifierKind.MaxValues - 1)).Should().NotStartWith("refused");
        Describe(Tokens(IdentifierKind.MaxValues)).Should().Be($"refused /identifiers/{IdentifierKind.MaxValues - 1}");
        var list = string.Join(',', Enumerable.Repeat($"\"{new string('x', 997)}\"", 20));
        Describe($$$"""{"fields":{"d":[{{{list}}}]}}""").Should().NotStartWith("refused");
        Describe($$$"""{"fields":{"d":[{{{list}}},"{{{new string('x', 500)}}}"]}}""").Should().Be("refused /fields");

        static string Tokens(int count) =>
            $$"""{"identifiers":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"kind":"pushToken","value":"new-{{i}}"}"""))}}]}""";
    }

    [Theory]
    [InlineData(FieldType.Text, """ "x" """, true)]
    [InlineData(FieldType.Text, """ "2026-01-02" """, true)]
    [InlineData(FieldType.Date, """ "x" """, false)]
    [InlineData(FieldType.Date, """ "2026-02-30" """, false)]
    [InlineData(FieldType.Date, """ "2026-01-02T03:04:05Z" """, true)]
    [InlineData(FieldType.Number, "1", true)]
    [InlineData(FieldType.Number, """ "1" """, false)]
    [InlineData(FieldType.Boolean, "false", true)]
    [InlineData(FieldType.List, "{}", false)]
    [InlineData(FieldType.Object, "{}", true)]
    public void What_fits_a_type(string type, string value, bool expected) =>
        FieldType.Fits(type, JsonElement.Parse(value)).Should().Be(expected);

    private static string Describe(string body)
    {
        var (edit, errors) = ContactEdit.Parse(JsonElement.Parse(body));
        if (edit is null)
            return Refused(errors);
        EditedContact contact = new(
            "7",
            JsonElement.Parse("""{"number":42,"plan":"basic"}"""),
            [new("contactId", "app-7"), new("email", "Ada@example.com"), new("number", "42"), new("ContactKey", "k"), new("pushToken", "t-1")],
            Known);
        var (change, refusals) = EditDecision.Of(edit, contact);
        if (change is null)
            return Refused(refusals);
        var fact = change.Fact("admin");
        change.IsNothing.Should().Be(fact is { Added.Count: 0, Removed.Count: 0 } && !FieldsMerge.Members(fact.Fields).Any());
        return string.Join(' ', [
            fact.Fields.GetRawText(),
            .. fact.Added.Select(identifier => $"+{identifier.Kind}:{identifier.Value}"),
            .. fact.Removed.Select(identifier => $"-{identifier.Kind}:{identifier.Value}"),
            .. change.NewFields.Select(field => $"new:{field.Name}:{field.Type}"),
        ]);
    }

    private static string Refused(IReadOnlyList<ProblemError> errors) => $"refused {string.Join(' ', errors.Select(error => error.Pointer))}";
}
