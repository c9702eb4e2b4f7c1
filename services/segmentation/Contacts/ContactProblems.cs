using System.Globalization;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Why a call about a contact is refused.</summary>
internal static class ContactProblems
{
    public static IResult Unknown(string id) => Problems.NotFound(UnknownDetail(id));

    /// <summary>What to say of an id of nobody, wherever it stands.</summary>
    public static string UnknownDetail(string id) =>
        $"There is no contact '{id}'. GET /api/contacts?identifier=kind:value finds one by its identifiers.";

    public static IResult Erased(string id, DateTimeOffset at) =>
        Problems.Of(StatusCodes.Status410Gone, "erased", string.Create(CultureInfo.InvariantCulture, $"The data of the contact '{id}' was erased at {at:O}. Nothing of it can be read or changed any more."));

    public static IResult Merged(string id, long into) =>
        Problems.Conflict("merged", $"The contact '{id}' is merged into '{Streams.StreamId.Of(into)}'. Call for that one, or give this one back first: POST /api/contacts/{id}/unmerge.");
}
