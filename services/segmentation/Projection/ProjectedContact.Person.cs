using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

// The person: a contact and everybody merged into it, directly or through others. A merge changes no stream, only who
// keeps the state of which streams; so the state is made anew from the history of all, and made anew when it is undone.
internal sealed partial class ProjectedContact
{
    private readonly List<ProjectedContact> _merged = [];
    private (DateTimeOffset At, string Cause)? _rebuild;
    private bool _wasScrubbed;

    /// <summary>The contact that this one is merged into; null for one that stands for itself.</summary>
    public ProjectedContact? Survivor { get; private set; }

    /// <summary>The contact that keeps the person's state; itself for one that is not merged.</summary>
    public ProjectedContact Root => Survivor?.Root ?? this;

    /// <summary>True if others are merged into this contact.</summary>
    public bool HasMerged => _merged.Count > 0;

    /// <summary>This contact and all that are merged into it, each before those merged into it, else in the order of ids.</summary>
    public IEnumerable<ProjectedContact> Person => _merged.SelectMany(contact => contact.Person).Prepend(this);

    /// <summary>True if the state must be made anew from the history by <see cref="Rebuild"/> before anything else.</summary>
    public bool MustBeRebuilt => _rebuild is not null;

    /// <summary>Makes this contact a part of another one's person.</summary>
    public void JoinTo(ProjectedContact survivor)
    {
        Survivor = survivor;
        var place = survivor._merged.FindIndex(other => other.Id > Id);
        survivor._merged.Insert(place < 0 ? survivor._merged.Count : place, this);
    }

    /// <summary>
    /// Makes the state anew from the facts of the person up to each <see cref="StreamVersion"/>, in the order of their
    /// sequence. What it holds more or less than before are transitions, exits first.
    /// </summary>
    public void Rebuild(IReadOnlyList<StoredEvent> history)
    {
        var (at, cause) = _rebuild ?? throw new InvalidOperationException($"Contact {Id} is not to be made anew.");
        at = State is { } old && old.AsOf > at ? old.AsOf : at;
        _rebuild = null;
        Relearn(history);
        long[] before = [.. State?.Memberships ?? []];
        State = history.Any(stored => stored.Fact is EventRecorded)
            ? ContactState.Of(plan.Plan, PersonFacts(history[0].RecordedAt), Events(history), at, before)
            : null;
        Differ(before, [.. State?.Memberships ?? []], at, cause);
        IsChanged = true;
    }

    /// <summary>
    /// Takes in a fact of a merge. One that does not fit what the facts before it say is another program's mistake, and
    /// nothing follows from it.
    /// </summary>
    private void Unite(StoredEvent stored, DateTimeOffset at, IReadOnlyDictionary<long, ProjectedContact> contacts)
    {
        // Very many are told of by several facts in a row; with the first of them all are scrubbed already.
        if (stored.Fact is EventsScrubbed && !_wasScrubbed && Root.State is not null)
            Root.AwaitHistory(at, TransitionCause.Erasure);
        if (MergeFacts.Named(stored.Fact) is not { } named || !contacts.TryGetValue(named, out var other))
            return;
        switch (stored.Fact)
        {
            case ContactMergedInto when Survivor is null && other.Root != this && !other.Root.IsErased && LiesWith(other, stored):
                GoInto(other, at);
                break;
            case ContactMerged when other.Survivor == this:
                Root.AwaitHistory(at, TransitionCause.Merge);
                break;
            case ContactSplit when other.Survivor == this:
                GiveBack(other, at);
                break;
            case ContactUnmerged when Survivor == other:
                // The survivor's own fact of it is not to be had.
                other.GiveBack(this, at);
                AwaitHistory(at, TransitionCause.Merge);
                break;
            case ContactUnmerged when Survivor is null && State is null:
                AwaitHistory(at, TransitionCause.Merge);
                break;
        }
    }

    // A merge that does not bring both into one partition is another program's mistake: two owners would write one person.
    private bool LiesWith(ProjectedContact survivor, StoredEvent merge) => survivor.Partition == (merge.MovesTo ?? Partition);

    // It leaves all it is in; what holds for both, the survivor enters or stays in. Timers up to the instant are those of
    // two lives, on both sides.
    private void GoInto(ProjectedContact survivor, DateTimeOffset at)
    {
        if (survivor.Root.State is not null)
            survivor.Root.Pass(at);
        if (State is not null)
        {
            Pass(at);
            Differ([.. State.Memberships], [], State.AsOf, TransitionCause.Merge);
        }

        State = null;
        foreach (var member in Person.Where(member => member.Partition != survivor.Partition))
            (member.Partition, member.IsChanged) = (survivor.Partition, true);
        JoinTo(survivor);
    }

    private void GiveBack(ProjectedContact contact, DateTimeOffset at)
    {
        _merged.Remove(contact);
        (contact.Survivor, contact.IsChanged) = (null, true);
        Root.AwaitHistory(at, TransitionCause.Merge);
    }

    // Timers up to the instant are the old state's; only what the fact itself changes is caused by it.
    private void AwaitHistory(DateTimeOffset at, string cause)
    {
        if (IsErased)
            return;
        if (State is not null)
            Pass(at);
        _rebuild = (at, cause);
    }

    private void Differ(long[] before, long[] after, DateTimeOffset at, string cause)
    {
        _changes.AddRange(before.Except(after).Order().Select(edition => new Change(edition, Entered: false, at, ByClock: false)));
        _changes.AddRange(after.Except(before).Order().Select(edition => new Change(edition, Entered: true, at, ByClock: false)));
        Collect(cause, e: null);
    }

    private void Relearn(IReadOnlyList<StoredEvent> history)
    {
        var members = Person.ToDictionary(member => member.Id);
        foreach (var member in members.Values)
            member._facts = null;
        foreach (var stored in history)
            members[stored.ContactId].Recall(stored);
    }

    private ContactFacts PersonFacts(DateTimeOffset firstKnown) =>
        KnownContactFacts.OfPerson(Id, [.. Person.Select(member => member._facts)], firstKnown);
}
