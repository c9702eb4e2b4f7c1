namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>
/// Decides what wishes change. Who is put on a list is put there as the contact that was named, as an event would be; who is
/// taken off it is taken off with everybody merged into the same person, or the person would stay. Pure.
/// </summary>
internal static class ListChanges
{
    /// <summary>The contacts that join and leave, each once, in the order of the wishes; one named again changes nothing more.</summary>
    /// <param name="found">Each wish with the contact it names.</param>
    /// <param name="person">Everybody who is one person with a contact.</param>
    /// <param name="listed">Those of them who are on the list.</param>
    public static (IReadOnlyList<long> Joining, IReadOnlyList<long> Leaving, int Added, int Removed, int Unchanged) Of(
        IEnumerable<(ListWish Wish, long Contact)> found, Func<long, IEnumerable<long>> person, IReadOnlySet<long> listed)
    {
        var now = listed.ToHashSet();
        var (joining, leaving) = (new List<long>(), new List<long>());
        var (added, removed, unchanged) = (0, 0, 0);
        foreach (var (wish, contact) in found)
        {
            if (wish.Joins && now.Add(contact))
            {
                joining.Add(contact);
                added++;
            }
            else if (!wish.Joins && person(contact).Where(now.Remove).ToArray() is { Length: > 0 } gone)
            {
                leaving.AddRange(gone);
                removed++;
            }
            else
            {
                unchanged++;
            }
        }

        return (joining, leaving, added, removed, unchanged);
    }
}
