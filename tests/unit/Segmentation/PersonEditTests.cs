using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class PersonEditTests
{
    private static readonly EditedContact Survivor = new(
        "7",
        FieldsMerge.None,
        [new(IdentifierKind.Phone, "7"), new(IdentifierKind.ContactKey, "k-7")],
        new Dictionary<string, ContactField> { ["ContactKey"] = new("ContactKey", FieldType.Text, Identifies: true), ["crm"] = new("crm", FieldType.Text, Identifies: true) });

    private static readonly MergedContact Merged = new(
        "8",
        new HashSet<string> { "plan" },
        [new(IdentifierKind.Email, "Ada@example.com"), new(IdentifierKind.Phone, "8"), new(IdentifierKind.PushToken, "t-8"), new(IdentifierKind.ContactKey, "k-8"), new("crm", "c-8")]);

    /// <summary>
    /// Contact 7 has the phone 7 and the ContactKey k-7; contact 8, merged into it, has the field plan and the identifiers above.
    /// Expected: how many fields and identifiers of the change are left for 7 itself; or where it concerns 8.
    /// </summary>
    [Theory]
    [InlineData("""{"fields":{"plan":"pro"}}""", "1 0")]
    [InlineData("""{"fields":{"plan":null}}""", "held /fields/plan")]
    [InlineData("""{"fields":{"other":null}}""", "1 0")]
    [InlineData("""{"fields":{"crm":null}}""", "held /fields/crm")]
    [InlineData("""{"fields":{"crm":"c-8"}}""", "0 0")]
    [InlineData("""{"fields":{"crm":"c-9"}}""", "1 0")]
    [InlineData("""{"fields":{"ContactKey":"k-8"}}""", "held /fields/ContactKey")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"ADA@example.com"}]}""", "0 0")]
    [InlineData("""{"identifiers":[{"kind":"email","value":"else@example.com"}]}""", "0 1")]
    [InlineData("""{"identifiers":[{"kind":"email","value":null}]}""", "held /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":null}]}""", "held /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":"7","remove":true}]}""", "0 1")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":"8","remove":true}]}""", "held /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":"8"}]}""", "held /identifiers/0")]
    [InlineData("""{"identifiers":[{"kind":"phone","value":"9"}]}""", "0 1")]
    [InlineData("""{"identifiers":[{"kind":"pushToken","value":"t-8"},{"kind":"pushToken","value":"t-9"}]}""", "0 1")]
    [InlineData("""{"identifiers":[{"kind":"crm","value":"c-8"}]}""", "0 0")]
    [InlineData("""{"identifiers":[{"kind":"contactId","value":"8"}]}""", "0 0")]
    [InlineData("""{"identifiers":[{"kind":"contactId","value":"8","remove":true}]}""", "held /identifiers/0")]
    public void A_merged_contact_keeps_what_it_has(string change, string expected)
    {
        var (edit, errors) = PersonEdit.Of(Parse(change), Survivor, [Merged]);

        (errors.Count > 0 ? $"held {errors.Single().Pointer}" : $"{edit.Fields.Count} {edit.Identifiers.Count}").Should().Be(expected);
    }

    private static ContactEdit Parse(string change) => ContactEdit.Parse(JsonElement.Parse(change)).Edit!;
}
