using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>The calls about additional fields.</summary>
internal static class ContactFieldEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/contact-fields", ListAsync).Reads();
        routes.MapGet("/api/contact-fields/{name}", GetAsync).Reads();
        routes.MapPut("/api/contact-fields/{name}", PutAsync).Accepts<JsonElement>("application/json").Changes();
        routes.MapDelete("/api/contact-fields/{name}", DeleteAsync).Changes();
    }

    private static async Task<IResult> ListAsync(ContactFieldStore fields, CancellationToken cancellationToken) =>
        Results.Json(new Page<ContactField>(await fields.ListAsync(cancellationToken), null), ApiJson.Answers.PageContactField);

    private static async Task<IResult> GetAsync(string name, ContactFieldStore fields, CancellationToken cancellationToken) =>
        await fields.FindAsync(Name(name), cancellationToken) is { } field ? Results.Json(field, ApiJson.Answers.ContactField) : Unknown(Name(name));

    private static async Task<IResult> PutAsync(HttpRequest request, string name, ContactFieldStore fields, TimeProvider time, CancellationToken cancellationToken)
    {
        name = Name(name);
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        if (ContactField.NameError(name) is { } error)
            return Problems.Refused([new("name", error)]);
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("type", out var given)
            || given.ValueKind != JsonValueKind.String || given.GetString() is not { } type || !FieldType.All.Contains(type))
            return Problems.Refused([new("/type", $"The body is {{\"type\": \"text\"}}; types are {string.Join(", ", FieldType.All)}.")]);

        return Answer(await fields.SetAsync(name, type, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken), name, type);
    }

    private static async Task<IResult> DeleteAsync(string name, ContactFieldStore fields, CancellationToken cancellationToken) =>
        await fields.DeleteAsync(Name(name), cancellationToken) is var change && change is FieldChange.Done
            ? Results.NoContent()
            : Answer(change, Name(name), type: null);

    // What a rule, a contact or the system has to do with the field; the type is null where it is to be deleted.
    private static IResult Answer(FieldChange change, string name, string? type) => change switch
    {
        FieldChange.Done done => Results.Json(done.Field, ApiJson.Answers.ContactField),
        FieldChange.TooMany => Problems.Conflict("Too many fields", $"{ContactField.MaxFields} fields are registered, which is the most. Delete one first."),
        FieldChange.Fixed => Problems.Conflict("Fixed", $"'{name}' is the system's own field; it stays, a text by which contacts are found."),
        FieldChange.Identifies => Problems.Conflict("Identifies", $"Contacts are found by '{name}', which needs the type {FieldType.Text} or {FieldType.Number}; {type} came."),
        FieldChange.NamedByRule { EventType: "" } => Problems.Conflict("Named by a rule", $"The matching rule names '{name}'. Change it by PUT /api/matching-rule, or delete it, first."),
        FieldChange.NamedByRule rule => Problems.Conflict("Named by a rule", $"The matching rule of the event type '{rule.EventType}' names '{name}'. Change or delete it first."),
        FieldChange.Held held when type is null => Problems.Conflict("Held", $"Contacts hold a value of '{name}', for example {Names(held)}. Remove it there first: PATCH /api/contacts/ID {{\"fields\": {{\"{name}\": null}}}}."),
        FieldChange.Held held => Problems.Conflict("Does not fit", $"Contacts hold values of '{name}' that are no {type}, for example {Names(held)}. Change or remove them there first: PATCH /api/contacts/ID."),
        _ => Unknown(name),
    };

    private static string Names(FieldChange.Held held) => string.Join(", ", held.Contacts.Select(StreamId.Of));

    private static IResult Unknown(string name) => Problems.NotFound($"There is no additional field '{name}'. GET /api/contact-fields lists them; PUT /api/contact-fields/{{name}} registers one.");

    // The one character that routing leaves escaped.
    private static string Name(string name) => name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
