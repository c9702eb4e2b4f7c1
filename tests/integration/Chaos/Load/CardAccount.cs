namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>Somebody who was erased, alone or as one with others.</summary>
/// <param name="People">The persons.</param>
/// <param name="Contacts">Their contacts, which are no more.</param>
/// <param name="Rows">The ids of all events that held something of them before the erasure was asked for, their own and others'.</param>
internal sealed record ErasedPerson(IReadOnlyList<int> People, IReadOnlyList<long> Contacts, IReadOnlyCollection<Guid> Rows)
{
    /// <summary>What names them and may come back with a later event.</summary>
    public IEnumerable<string> Identifiers => People.SelectMany(EventMaker.Identifiers);

    /// <summary>What only their cards held, so that it cannot come back.</summary>
    public IEnumerable<string> Secrets => People.SelectMany(person => new[] { CardAccount.Token(person), CardAccount.Plan(person, "") });
}

/// <summary>The simulation's own account of what was done to cards, kept apart from the system.</summary>
internal sealed class CardAccount
{
    private readonly Dictionary<long, long> _mergedInto = [];
    private readonly Dictionary<long, string> _plans = [];
    private readonly List<ErasedPerson> _erased = [];
    private int _merges, _givenBack, _edits;

    /// <summary>Who is merged into whom now.</summary>
    public IReadOnlyDictionary<long, long> MergedInto => _mergedInto;

    /// <summary>The field that was edited, of those who are there.</summary>
    public IReadOnlyDictionary<long, string> Plans => _plans;

    public IReadOnlyList<ErasedPerson> Erased => _erased;

    /// <summary>True if there was at least one merge and one erasure.</summary>
    public bool HasBoth => _merges > 0 && _erased.Count > 0;

    /// <summary>The identifier that a card gets by an edit.</summary>
    public static string Token(int person) => FormattableString.Invariant($"token-of-{person}-");

    /// <summary>The value of the edited field.</summary>
    public static string Plan(int person, object edit) => FormattableString.Invariant($"plan-of-{person}-{edit}");

    public void Merge(long contact, long into)
    {
        _mergedInto[contact] = into;
        _merges++;
    }

    public void GiveBack(long contact)
    {
        _mergedInto.Remove(contact);
        _givenBack++;
    }

    public void Edit(long contact, string plan)
    {
        _plans[contact] = plan;
        _edits++;
    }

    public void Erase(ErasedPerson person)
    {
        _erased.Add(person);
        foreach (var contact in person.Contacts)
            _plans.Remove(contact);
    }

    public override string ToString() => $"{_merges} merges, {_givenBack} given back, {_edits} cards edited, {_erased.Sum(one => one.Contacts.Count)} contacts erased";
}
