namespace EventSegmentation.Evaluation;

/// <summary>
/// Segments of a plan cannot be evaluated; without them the others can. What was being evaluated is half done: the state is to be
/// thrown away, and the same done again with a plan in which these are <see cref="Definition.Suspended"/>.
/// </summary>
/// <param name="segments">The ids of the segments, at least one.</param>
/// <param name="reason">Why, in a sentence that begins with "It" or names them, and has nothing of any contact.</param>
/// <param name="cause">What was thrown; its message may have values of a contact.</param>
public sealed class SegmentFaultException(IReadOnlyList<long> segments, string reason, Exception? cause = null) : Exception(reason, cause)
{
    /// <summary>The ids of the segments.</summary>
    public IReadOnlyList<long> Segments { get; } = segments;

    /// <summary>False for what has nothing to do with what is evaluated: no memory, or no time left.</summary>
    internal static bool IsFault(Exception exception) =>
        exception is not (OutOfMemoryException or OperationCanceledException or InsufficientExecutionStackException);
}
