using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation;

// Where leaves are asked. Whatever one of them throws is the fault of the segments that have it, and of no others.
public sealed partial class ContactState
{
    private bool Add(int leaf, ref Tally? tally, ContactEvent e, long time)
    {
        try
        {
            return Plan.Leaf(leaf).Add(ref tally, e, time, _asOf);
        }
        catch (Exception exception) when (SegmentFaultException.IsFault(exception))
        {
            throw Fault(leaf, "an event was taken in", exception);
        }
    }

    private bool Learn(int leaf, ref Tally? tally, ContactFacts facts)
    {
        try
        {
            return Plan.Leaf(leaf).Learn(ref tally, facts, _asOf);
        }
        catch (Exception exception) when (SegmentFaultException.IsFault(exception))
        {
            throw Fault(leaf, "what is known of a contact was taken in", exception);
        }
    }

    private Verdict Judge(int leaf, Tally tally)
    {
        try
        {
            return Plan.Leaf(leaf).Judge(tally, _asOf);
        }
        catch (Exception exception) when (SegmentFaultException.IsFault(exception))
        {
            throw Fault(leaf, "it was asked who is in it", exception);
        }
    }

    private Tally Read(int leaf, ref PackReader block)
    {
        try
        {
            return Plan.Leaf(leaf).Read(ref block);
        }
        catch (Exception exception) when (SegmentFaultException.IsFault(exception))
        {
            throw Fault(leaf, "what is kept for it was read", exception);
        }
    }

    private SegmentFaultException Fault(int leaf, string when, Exception exception) =>
        new(Plan.OwnersOf(leaf), $"Its evaluation failed when {when}: {exception.GetBaseException().GetType().Name}.", exception);
}
