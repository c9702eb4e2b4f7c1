using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Why contacts are not merged, or not given back.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Place">A JSON pointer into the body, or the name of a parameter of the address.</param>
/// <param name="Detail">What is in the way, and the way out.</param>
internal sealed record MergeRefusal(int Status, string Title, string Place, string Detail);

/// <summary>Decides whether contacts may be merged or given back. Pure; null means yes.</summary>
internal static class Merging
{
    private const string Cannot = "Cannot be merged";

    /// <summary>Whether <paramref name="contact"/> may be merged into another.</summary>
    /// <param name="tree">The persons of both.</param>
    public static MergeRefusal? RefuseMerge(PersonTree tree, long contact, long into)
    {
        var (one, other) = (StreamId.Of(contact), StreamId.Of(into));
        if (RefuseContact(tree, contact) is { } refusal)
            return refusal;
        if (contact == into)
            return new(StatusCodes.Status422UnprocessableEntity, Cannot, "/into", $"Contact {one} cannot be merged into itself; into names another contact.");
        if (tree.Find(into) is not { } survivor)
            return new(StatusCodes.Status422UnprocessableEntity, Cannot, "/into", ContactProblems.UnknownDetail(other));
        if (survivor.Erased is { } erased)
            return new(StatusCodes.Status409Conflict, Cannot, "/into", $"Contact {other} was erased at {erased:O}; into names a contact that exists.");
        if (tree.Find(contact)?.MergedInto is not null)
            return new(StatusCodes.Status409Conflict, Cannot, "id", $"Contact {one} is merged into {StreamId.Of(tree.Root(contact))} already. Merge that one, or POST /api/contacts/{one}/unmerge first.");
        if (tree.Root(into) == contact)
            return new(StatusCodes.Status409Conflict, Cannot, "/into", $"Contact {other} is merged into {one} already, so this would be a circle. POST /api/contacts/{other}/unmerge first.");
        if (survivor.MergedInto is not null)
            return new(StatusCodes.Status409Conflict, Cannot, "/into", $"Contact {other} is itself merged into {StreamId.Of(tree.Root(into))}. Merge into that one, or POST /api/contacts/{other}/unmerge first.");
        var (members, others) = (tree.Person(contact).Count(), tree.Person(into).Count());
        return members + others > PersonTree.MaxMembers
            ? new(StatusCodes.Status409Conflict, Cannot, "/into", $"One person has at most {PersonTree.MaxMembers} contacts; {one} is {members} and {other} is {others}. Give some back first: POST /api/contacts/CONTACT/unmerge.")
            : null;
    }

    /// <summary>Whether <paramref name="contact"/> may be given back.</summary>
    /// <param name="tree">Its person.</param>
    public static MergeRefusal? RefuseUnmerge(PersonTree tree, long contact)
    {
        if (RefuseContact(tree, contact) is { } refusal)
            return refusal;
        if (tree.Find(contact)?.MergedInto is not null)
            return null;
        var merged = string.Join(", ", tree.Person(contact).Skip(1).Where(member => tree.Find(member)?.MergedInto == contact).Select(StreamId.Of));
        var wayOut = merged.Length > 0 ? $"Merged into it are {merged}: unmerge one of these." : "Nobody is merged into it either.";
        return new(StatusCodes.Status409Conflict, "Cannot be given back", "id", $"Contact {StreamId.Of(contact)} is not merged into another. {wayOut}");
    }

    private static MergeRefusal? RefuseContact(PersonTree tree, long contact) => tree.Find(contact) switch
    {
        null => new(StatusCodes.Status404NotFound, "Not found", "id", ContactProblems.UnknownDetail(StreamId.Of(contact))),
        { Erased: { } erased } => new(StatusCodes.Status410Gone, "Erased", "id", $"Contact {StreamId.Of(contact)} was erased at {erased:O}; nothing is left to be merged."),
        _ => null,
    };
}
