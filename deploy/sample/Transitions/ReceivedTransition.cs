using EventSegmentation.Contracts;

namespace EventSegmentation.Sample.Transitions;

/// <summary>A transition as it came from the broker.</summary>
/// <param name="Transition">What it says.</param>
/// <param name="MessageId">The AMQP <c>message-id</c>.</param>
/// <param name="RoutingKey">By which it was routed.</param>
/// <param name="ReceivedAt">When it was here, UTC.</param>
internal sealed record ReceivedTransition(SegmentTransition Transition, string? MessageId, string RoutingKey, DateTimeOffset ReceivedAt)
{
    /// <summary>The way from the instant at which it became true to this subscriber.</summary>
    public TimeSpan Lateness => ReceivedAt - Transition.At;

    public bool IsByClock => Transition.Cause == TransitionCause.Clock;

    public bool IsExit => Transition.Kind == TransitionKind.Exited;
}
