using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Erasure;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class PersonalValuesTests
{
    private static readonly PersonalValues Ada = new([
        new Identifier(IdentifierKind.Email, "Ada@Example.com").Key,
        new Identifier(IdentifierKind.Phone, "380501112233").Key,
        new Identifier(IdentifierKind.ExternalId, "7").Key,
    ]);

    /// <summary>Ada has ada@example.com, the phone 380501112233 and the external id 7.</summary>
    [Theory]
    [InlineData("""{"a":"ada@example.com"}""", """{"a":null}""")]
    [InlineData("""{"a":"  ADA@example.COM "}""", """{"a":null}""")]
    [InlineData("""{"a":"to ada@example.com"}""", null)]
    [InlineData("""{"a":{"b":["x","ada@example.com",1]}}""", """{"a":{"b":["x",null,1]}}""")]
    [InlineData("""{"a":380501112233,"b":1.50}""", """{"a":null,"b":1.50}""")]
    [InlineData("""{"a":"380501112233"}""", """{"a":null}""")]
    [InlineData("""{"a":"+380501112233"}""", null)]
    [InlineData("""{"quantity":7}""", null)]
    [InlineData("""{"externalcustomerid":7,"quantity":7}""", """{"externalcustomerid":null,"quantity":7}""")]
    [InlineData("""{"ada@example.com":true}""", null)]
    [InlineData("""{}""", null)]
    public void Values_are_found_whole_and_taken_out(string json, string? expected)
    {
        var given = JsonElement.Parse(json);

        Ada.AreIn(given).Should().Be(expected is not null);
        Ada.TakeOut(given).GetRawText().Should().Be(expected ?? json);
    }
}
