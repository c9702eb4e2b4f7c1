namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>What was found to be wrong, in words that name the contact, the segment and what differs.</summary>
internal sealed class Findings
{
    private const int MostKept = 200;

    private readonly Lock _lock = new();
    private readonly List<string> _kept = [];
    private int _count;

    /// <summary>How many there are, also those that are not kept.</summary>
    public int Count => _count;

    /// <summary>The first of them.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
                return [.. _kept];
        }
    }

    public void Add(string what)
    {
        lock (_lock)
        {
            _count++;
            if (_kept.Count < MostKept)
                _kept.Add(what);
        }
    }
}
