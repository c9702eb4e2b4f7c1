using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Erasure;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class PersonalValuesTests
{
    private static readonly MatchingRules Rules = new(new Dictionary<string, MatchingRule>
    {
        [MatchingRules.Installation] = new(true, IdentifierKind.Phone, "caller"),
        ["Called"] = new(true, IdentifierKind.ExternalId, "customer"),
        ["Off"] = new(false, IdentifierKind.ExternalId, "customer"),
    });

    private static readonly PersonalValues Ada = new(
        [
            new Identifier(IdentifierKind.Email, "Ada@Example.com").Key,
            new Identifier(IdentifierKind.Phone, "380501112233").Key,
            new Identifier(IdentifierKind.Phone, "1234567").Key,
            new Identifier(IdentifierKind.PushToken, "12345678").Key,
            new Identifier(IdentifierKind.ExternalId, "1000").Key,
            new Identifier(IdentifierKind.Email, "ada").Key,
        ],
        Rules);

    /// <summary>Ada has the e-mail addresses ada@example.com and ada, the phones 380501112233 and 1234567, the push token 12345678, and the external id 1000.</summary>
    [Theory]
    [InlineData("""{"a":"ada@example.com"}""", """{"a":null}""")]
    [InlineData("""{"a":"  ADA@example.COM "}""", """{"a":null}""")]
    [InlineData("""{"a":"to ada@example.com"}""", null)]
    [InlineData("""{"a":"ada"}""", null)]
    [InlineData("""{"email":"Ada"}""", """{"email":null}""")]
    [InlineData("""{"a":{"b":["x","ada@example.com",1]}}""", """{"a":{"b":["x",null,1]}}""")]
    [InlineData("""{"a":380501112233,"b":1.50}""", null)]
    [InlineData("""{"phone":380501112233,"b":1.50}""", """{"phone":null,"b":1.50}""")]
    [InlineData("""{"a":"380501112233"}""", """{"a":null}""")]
    [InlineData("""{"a":"+380501112233"}""", null)]
    [InlineData("""{"a":"1234567"}""", null)]
    [InlineData("""{"SMS":"1234567"}""", """{"SMS":null}""")]
    [InlineData("""{"a":"12345678"}""", """{"a":null}""")]
    [InlineData("""{"points":1000,"name":"1000"}""", null)]
    [InlineData("""{"externalcustomerid":1000,"points":1000}""", """{"externalcustomerid":null,"points":1000}""")]
    [InlineData("""{"ContactKey":"1000","Contact_key":"380501112233"}""", null)]
    [InlineData("""{"friend":{"externalCustomerId":"1000","ContactKey":"380501112233"}}""", """{"friend":{"externalCustomerId":null,"ContactKey":null}}""")]
    [InlineData("""{"friends":[{"name":"phone","value":"1234567"},{"name":"size","value":"1234567"}]}""", """{"friends":[{"name":"phone","value":null},{"name":"size","value":"1234567"}]}""")]
    [InlineData("""{"PushToken":["12345678","x"]}""", """{"PushToken":[null,"x"]}""")]
    [InlineData("""{"Caller":1234567}""", """{"Caller":null}""")]
    [InlineData("""{"customer":"1000"}""", null)]
    [InlineData("""{"customer":"1000"}""", null, "Off")]
    [InlineData("""{"customer":"1000"}""", """{"customer":null}""", "Called")]
    [InlineData("""{"customer":"380501112233"}""", null, "Called")]
    [InlineData("""{"ada@example.com":true}""", null)]
    [InlineData("""{}""", null)]
    public void Values_are_found_whole_and_by_their_kind_and_taken_out(string json, string? expected, string eventType = "Any")
    {
        var given = JsonElement.Parse(json);

        Ada.AreIn(eventType, given).Should().Be(expected is not null);
        Ada.TakeOut(eventType, given).GetRawText().Should().Be(expected ?? json);
    }

    [Theory]
    [InlineData("""{"phone":"1234567"}""", true)]
    [InlineData("""{"userEmail":" ADA@example.com"}""", true)]
    [InlineData("""{"caller":1234567}""", true)]
    [InlineData("""{"invitedBy":"ada@example.com"}""", false)]
    [InlineData("""{"friend":{"phone":"1234567"}}""", false)]
    [InlineData("""{"phone":["1234567"]}""", false)]
    [InlineData("""{"ContactKey":"1000"}""", false)]
    public void An_event_is_of_the_person_if_a_parameter_that_identifies_says_so(string json, bool expected) =>
        Ada.Identify("Any", JsonElement.Parse(json)).Should().Be(expected);

    [Theory]
    [InlineData("no phone '380501112233'", true)]
    [InlineData("380501112233", true)]
    [InlineData("+380501112233.", true)]
    [InlineData("3805011122334", false)]
    [InlineData("13805011122334 and 380501112233", true)]
    [InlineData("x380501112233", false)]
    [InlineData("write to ADA@example.com!", true)]
    [InlineData("nada@example.com", false)]
    [InlineData("ada@example.community", false)]
    [InlineData("'1000' or 10001, ada, 1234567", false)]
    public void A_text_quotes_a_value_as_a_word_of_its_own(string text, bool expected) => Ada.AreQuotedIn(text).Should().Be(expected);
}
