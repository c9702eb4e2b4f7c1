using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// One contact on its way through the evaluator: the facts of its stream and the clock go in, in order, and what they
/// change comes out. Knows nothing of the database.
/// </summary>
internal sealed class ProjectedContact(long id, ActivePlan plan)
{
    private readonly List<Change> _changes = [];
    private ContactFacts? _facts;

    public long Id { get; } = id;

    /// <summary>The version of the last fact taken in.</summary>
    public long StreamVersion { get; private set; }

    /// <summary>The number of the contact's last transition.</summary>
    public long Number { get; private set; }

    /// <summary>Null until the contact's first event has been taken in, and once it is erased.</summary>
    public ContactState? State { get; private set; }

    /// <summary>True once the contact is erased: nothing follows from its facts any more.</summary>
    public bool IsErased { get; private set; }

    /// <summary>True once there is something to write.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>True if the state must be completed from the history before anything else.</summary>
    public bool IsBehindPlan => State is not null && State.Epoch < plan.Plan.Epoch;

    /// <summary>True if the state must be made anew from the history by <see cref="Rebuild"/> before anything else.</summary>
    public bool MustBeRebuilt { get; private set; }

    /// <summary>Transitions of live segments, in order.</summary>
    public List<LedgerEntry> Transitions { get; } = [];

    /// <summary>For each version that the contact entered or left: since when it is a member, or null if it is none.</summary>
    public Dictionary<long, DateTimeOffset?> Memberships { get; } = [];

    /// <summary>Goes on from what is stored; a state that is null is an erased contact's.</summary>
    public void Resume(long streamVersion, long number, ContactState? state) =>
        (StreamVersion, Number, State, IsErased) = (streamVersion, number, state, state is null);

    /// <summary>Takes what is known of the contact from a fact that has been projected before.</summary>
    public void Recall(StoredEvent stored)
    {
        if (KnownContactFacts.After(_facts, stored) is { } facts)
            _facts = facts;
    }

    /// <summary>True if facts, in their order, cannot be taken in before <see cref="Recall"/> has brought what is known of the contact.</summary>
    public bool NeedsRecall(IEnumerable<StoredEvent> news) =>
        _facts is null && !IsErased && (State is null ? news.First().Version > 1 : news.Any(stored => KnownContactFacts.Concerns(stored.Fact)));

    /// <summary>True if a fact cannot be taken in before <see cref="Complete"/>. What is erased has no history to ask for.</summary>
    public bool NeedsHistory(StoredEvent stored) => State is not null && stored.Fact is not (null or ErasedFact or ContactErased) && State.NeedsHistory(
        stored.RecordedAt, (stored.Fact as EventRecorded)?.EventType, facts: KnownContactFacts.Concerns(stored.Fact));

    /// <summary>True if time cannot pass before <see cref="Complete"/>.</summary>
    public bool NeedsHistory(DateTimeOffset now) => State is not null && State.NeedsHistory(now);

    /// <summary>
    /// Builds what the plan has and the state lacks from the facts up to <see cref="StreamVersion"/>. Memberships that
    /// come with it are no transitions.
    /// </summary>
    public void Complete(IReadOnlyList<StoredEvent> history)
    {
        var state = State ?? throw new InvalidOperationException($"Contact {Id} has no state to complete.");
        var before = state.Memberships.ToHashSet();
        _facts = null;
        foreach (var stored in history)
            Recall(stored);

        var events = history.Select(stored => stored.Fact).OfType<EventRecorded>().Select(Event);
        Evaluator.Complete(plan.Plan, state, KnownContactFacts.Or(_facts, history[0]), events);
        foreach (var version in state.Memberships.Where(version => !before.Contains(version)))
            Memberships[version] = state.AsOf;
        IsChanged = true;
    }

    /// <summary>Takes in the next fact of the stream. A fact taken in already changes nothing.</summary>
    public void Apply(StoredEvent stored)
    {
        if (stored.Version <= StreamVersion || IsErased)
            return;
        StreamVersion = stored.Version;
        IsChanged = true;
        if (stored.Fact is ContactErased)
        {
            Erase(stored.RecordedAt);
            return;
        }

        if (KnownContactFacts.After(_facts, stored) is { } facts)
        {
            _facts = facts;
            if (State is null)
                return;
            Evaluator.Advance(plan.Plan, State, facts, stored.RecordedAt, _changes);
            Collect(TransitionCause.Contact, e: null);
        }

        switch (stored.Fact)
        {
            case EventsScrubbed when State is not null:
                Pass(stored.RecordedAt);
                MustBeRebuilt = true;
                break;
            case EventRecorded e when State is null:
                Begin(e, stored);
                break;
            case EventRecorded e:
                Evaluator.Advance(plan.Plan, State, Event(e), stored.RecordedAt, _changes);
                Collect(e.Import ? TransitionCause.Import : TransitionCause.Event, e);
                break;
        }
    }

    /// <summary>Lets time pass up to an instant; every timer fires at its own.</summary>
    public void Pass(DateTimeOffset now)
    {
        var state = State ?? throw new InvalidOperationException($"Contact {Id} has no state to advance.");
        Evaluator.Advance(plan.Plan, state, now, _changes);
        Collect(TransitionCause.Clock, e: null);
        IsChanged = true;
    }

    /// <summary>Makes the state anew from the facts up to <see cref="StreamVersion"/>, some of which have been rewritten since they were taken in.</summary>
    public void Rebuild(IReadOnlyList<StoredEvent> history)
    {
        var before = State ?? throw new InvalidOperationException($"Contact {Id} has no state to make anew.");
        _facts = null;
        foreach (var stored in history)
            Recall(stored);
        State = ContactState.Of(plan.Plan, KnownContactFacts.Or(_facts, history[0]), history.Select(stored => stored.Fact).OfType<EventRecorded>().Select(Event), before.AsOf);
        MustBeRebuilt = false;
        _changes.AddRange(before.Memberships.Except(State.Memberships).Order().Select(version => new Change(version, Entered: false, before.AsOf, ByClock: false)));
        _changes.AddRange(State.Memberships.Except(before.Memberships).Order().Select(version => new Change(version, Entered: true, before.AsOf, ByClock: false)));
        Collect(TransitionCause.Erasure, e: null);
    }

    // Timers that fell due before come first, as before any fact, unless they would need the history, which is gone.
    private void Erase(DateTimeOffset at)
    {
        if (State is { } state)
        {
            if (!state.NeedsHistory(at))
                Pass(at);
            _changes.AddRange(state.Memberships.Order().Select(version => new Change(version, Entered: false, at, ByClock: false)));
            Collect(TransitionCause.Erasure, e: null);
        }

        (State, _facts, IsErased) = (null, null, true);
    }

    // A contact comes into being with its first event: it enters what holds after that event, and does not
    // pass through the segments of those who have done nothing.
    private void Begin(EventRecorded e, StoredEvent stored)
    {
        var at = stored.RecordedAt;
        State = ContactState.New(plan.Plan, KnownContactFacts.Or(_facts, stored), at, _changes);
        Evaluator.Advance(plan.Plan, State, Event(e), at, _changes);
        _changes.Clear();
        _changes.AddRange(State.Memberships.Order().Select(version => new Change(version, Entered: true, at, ByClock: false)));
        Collect(e.Import ? TransitionCause.Import : TransitionCause.Event, e);
    }

    private void Collect(string cause, EventRecorded? e)
    {
        foreach (var change in _changes)
        {
            var version = plan.Versions[change.SegmentId];
            Memberships[version.Id] = change.Entered ? change.At : null;
            if (!version.IsLive)
                continue;
            var byEvent = change.ByClock ? null : e;
            Transitions.Add(new(
                Id, ++Number, version.SegmentId, version.Version, change.Entered, change.At,
                change.ByClock ? TransitionCause.Clock : cause, byEvent?.EventId, ChangeId: null, byEvent?.TraceParent));
        }

        _changes.Clear();
    }

    private static ContactEvent Event(EventRecorded e) => new()
    {
        EventId = e.EventId,
        Type = e.EventType,
        OccurredAt = e.OccurredAt,
        Counts = e.Counts,
        Params = e.Params,
    };
}
