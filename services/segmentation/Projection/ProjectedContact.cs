using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// One contact on its way through the evaluator: the facts of its stream and the clock go in, in order, and what they
/// change comes out. Knows nothing of the database. A contact that is merged into another has no state of its own: its
/// facts move the state of the person, which is kept by the one that all the others are merged into.
/// </summary>
internal sealed partial class ProjectedContact(long id, ActivePlan plan)
{
    private readonly List<Change> _changes = [];
    private ContactFacts? _facts;

    public long Id { get; } = id;

    /// <summary>The version of the last fact taken in.</summary>
    public long StreamVersion { get; private set; }

    /// <summary>Where the contact lies; with everybody of its person in one partition.</summary>
    public short Partition { get; private set; } = Streams.Partition.Of(id);

    /// <summary>The number of the contact's last transition.</summary>
    public long Number { get; private set; }

    /// <summary>Null until the person's first event has been taken in, while the contact is merged into another, and once it is erased.</summary>
    public ContactState? State { get; private set; }

    /// <summary>True once the contact is erased: nothing follows from its facts any more.</summary>
    public bool IsErased { get; private set; }

    /// <summary>True once there is something to write.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>True if there is a row of the contact's already.</summary>
    public bool IsStored { get; private set; }

    /// <summary>Which writing of the row was read; another once anything has moved the contact.</summary>
    public uint RowVersion { get; private set; }

    /// <summary>True if the state lacks what is being built. All that serves can go on without it.</summary>
    public bool IsBehindPlan => State is not null && State.Epoch < plan.Plan.Epoch;

    /// <summary>True if it takes the history to make up for that.</summary>
    public bool NeedsHistoryToComplete => State is { NeedsHistoryToComplete: true };

    /// <summary>Transitions of live segments, in order.</summary>
    public List<LedgerEntry> Transitions { get; } = [];

    /// <summary>For each edition that the contact entered or left: since when it is a member, or null if it is none.</summary>
    public Dictionary<long, DateTimeOffset?> Memberships { get; } = [];

    /// <summary>Goes on from what is stored.</summary>
    public void Resume(long streamVersion, long number, ContactState? state, bool isErased, uint rowVersion, short partition) =>
        (StreamVersion, Number, State, IsErased, RowVersion, Partition, IsStored) = (streamVersion, number, state, isErased, rowVersion, partition, true);

    /// <summary>Takes what is known of the contact from a fact that has been projected before.</summary>
    public void Recall(StoredEvent stored)
    {
        if (KnownContactFacts.After(_facts, stored) is { } facts)
            _facts = facts;
    }

    /// <summary>True if facts of the person, in their order, cannot be taken in before <see cref="Recall"/> has brought what is known of it.</summary>
    public bool NeedsRecall(IReadOnlyCollection<StoredEvent> news) =>
        Person.Any(member => member._facts is null)
        && (State is null ? HasMerged || news.First().Version > 1 : news.Any(stored => KnownContactFacts.Concerns(stored.Fact)));

    /// <summary>
    /// Those that a fact cannot be taken in by before <see cref="Complete"/>: the <see cref="Root"/>, and the one that it goes
    /// into, whose time passes before both have one history. What is erased has no history to ask for.
    /// </summary>
    public IEnumerable<ProjectedContact> NeedingHistory(StoredEvent stored, IReadOnlyDictionary<long, ProjectedContact> contacts)
    {
        if (stored.Fact is null or ErasedFact or ContactErased)
            yield break;
        var at = plan.Swap.InstantOf(stored);
        if (Root.State is { } state && state.NeedsHistory(
            at, (stored.Fact as EventRecorded)?.EventType, facts: KnownContactFacts.Concerns(stored.Fact)))
            yield return Root;
        if (stored.Fact is ContactMergedInto into && MergeFacts.Named(into) is { } named && contacts[named].Root is var survivor
            && survivor != Root && LiesWith(survivor, stored) && survivor.NeedsHistory(at))
            yield return survivor;
    }

    /// <summary>The types of the events that <see cref="Complete(IReadOnlyList{StoredEvent})"/> needs; null if it needs all.</summary>
    public IReadOnlyCollection<string>? TypesToComplete => State?.TypesToComplete;

    /// <summary>True if time cannot pass before <see cref="Complete"/>.</summary>
    public bool NeedsHistory(DateTimeOffset now) => State is not null && State.NeedsHistory(now);

    /// <summary>
    /// Builds what the plan has and the state lacks from the facts of the person up to each <see cref="StreamVersion"/>,
    /// in the order of their sequence. Memberships that come with it are no transitions.
    /// </summary>
    public void Complete(IReadOnlyList<StoredEvent> history)
    {
        Relearn(history);
        Complete(state => Evaluator.Complete(plan.Plan, state, PersonFacts(history[0].RecordedAt), Events(history)));
    }

    /// <summary>The same where <see cref="NeedsHistoryToComplete"/> says that nothing new must be kept.</summary>
    public void Complete() => Complete(state => Evaluator.Complete(plan.Plan, state));

    private void Complete(Action<ContactState> complete)
    {
        var state = State ?? throw new InvalidOperationException($"Contact {Id} has no state to complete.");
        var before = state.Memberships.ToHashSet();
        complete(state);
        foreach (var edition in state.Memberships.Where(edition => !before.Contains(edition)))
            Memberships[edition] = state.AsOf;
        IsChanged = true;
    }

    /// <summary>
    /// Takes in the next fact of the stream. A fact taken in already changes nothing. Afterwards the <see cref="Root"/>, and that
    /// of the contact which a fact of a merge names, may have to be made anew by <see cref="Rebuild"/>.
    /// </summary>
    /// <param name="contacts">The contacts that facts of merges name.</param>
    public void Apply(StoredEvent stored, IReadOnlyDictionary<long, ProjectedContact> contacts)
    {
        if (stored.Version <= StreamVersion || IsErased)
            return;
        StreamVersion = stored.Version;
        IsChanged = true;
        var at = plan.Swap.InstantOf(stored);
        if (stored.Fact is ContactErased)
        {
            Erase(at);
            return;
        }

        if (KnownContactFacts.After(_facts, stored) is { } facts)
        {
            _facts = facts;
            Root.Learn(at, KnownContactFacts.CauseOf(stored.Fact));
        }

        if (stored.Fact is EventRecorded e)
            Root.Take(e, at);
        else
            Unite(stored, at, contacts);
        _wasScrubbed = stored.Fact is EventsScrubbed;
    }

    /// <summary>Lets time pass up to an instant; every timer fires at its own.</summary>
    public void Pass(DateTimeOffset now)
    {
        var state = State ?? throw new InvalidOperationException($"Contact {Id} has no state to advance.");
        Evaluator.Advance(plan.Plan, state, now, _changes);
        Collect(TransitionCause.Clock, e: null);
        IsChanged = true;
    }

    private void Learn(DateTimeOffset at, string cause)
    {
        if (State is null)
            return;
        Evaluator.Advance(plan.Plan, State, PersonFacts(at), at, _changes);
        Collect(cause, e: null);
        IsChanged = true;
    }

    private void Take(EventRecorded e, DateTimeOffset at)
    {
        if (State is null)
            Begin(e, at);
        else
            Evaluator.Advance(plan.Plan, State, Event(e), at, _changes);
        Collect(e.Import ? TransitionCause.Import : TransitionCause.Event, e);
        IsChanged = true;
    }

    // Timers that fell due before come first, as before any fact, unless they would need the history, which is gone.
    private void Erase(DateTimeOffset at)
    {
        if (State is { } state)
        {
            if (!state.NeedsHistory(at))
                Pass(at);
            Differ([.. state.Memberships], [], at, TransitionCause.Erasure);
        }

        (State, _facts, _rebuild, IsErased) = (null, null, null, true);
    }

    // A contact comes into being with its first event: it enters what holds after that event, and does not
    // pass through the segments of those who have done nothing.
    private void Begin(EventRecorded e, DateTimeOffset at)
    {
        State = ContactState.New(plan.Plan, PersonFacts(at), at, _changes);
        Evaluator.Advance(plan.Plan, State, Event(e), at, _changes);
        _changes.Clear();
        _changes.AddRange(State.Memberships.Order().Select(edition => new Change(edition, Entered: true, at, ByClock: false)));
    }

    private static IEnumerable<ContactEvent> Events(IEnumerable<StoredEvent> history) =>
        history.Select(stored => stored.Fact).OfType<EventRecorded>().Select(Event);

    /// <summary>A recorded event as the evaluator takes it.</summary>
    public static ContactEvent Event(EventRecorded e) => new()
    {
        EventId = e.EventId,
        Type = e.EventType,
        OccurredAt = e.OccurredAt,
        Counts = e.Counts,
        Params = e.Params,
    };
}
