namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>What is done to the cards of the people who are known from the beginning. Nobody has two parts in it, so that what one call does never hangs on another's.</summary>
internal static class CardRoles
{
    /// <summary>Merged into the next person, given back, and merged again.</summary>
    public static IEnumerable<int> Merged => Known.Where(person => person % 12 is 1 or 5);

    /// <summary>Changed again and again.</summary>
    public static IEnumerable<int> Edited => Known.Where(person => person % 12 is 4 or 8);

    /// <summary>Erased alone.</summary>
    public static IEnumerable<int> Erased => Known.Where(person => person % 12 is 3 or 7);

    /// <summary>Merged into the next person, and then both are erased as one.</summary>
    public static IEnumerable<int> ErasedWithNext => Known.Where(person => person % 12 == 9);

    private static IEnumerable<int> Known => Enumerable.Range(0, EventMaker.Known);

    /// <summary>True if the person is to be erased. Events may come later; then they make one new contact, and so they must name the person whole.</summary>
    public static bool Leaves(int person) => person % 12 is 3 or 7 or 9 or 10;

    /// <summary>True if the person stands for itself whatever happens.</summary>
    public static bool Stays(int person) => !Leaves(person) && person % 12 is not (1 or 5);
}
