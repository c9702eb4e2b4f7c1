using System.Diagnostics.CodeAnalysis;

namespace EventSegmentation.Contracts;

/// <summary>
/// A contact entered or left a segment. Delivered at least once and in order per contact;
/// <see cref="TransitionId"/> is the same on every redelivery, which makes it effectively once.
/// </summary>
public record SegmentTransition
{
    /// <summary>The identity of the transition, also the AMQP <c>message-id</c>.</summary>
    public required Guid TransitionId { get; init; }

    /// <summary>The contact: an opaque string.</summary>
    public required string ContactId { get; init; }

    /// <summary>The contact's identifiers when the message was sent.</summary>
    public required IReadOnlyList<ContactIdentifier> Identifiers { get; init; }

    /// <summary>The segment's key: lower-case letters, digits and hyphens.</summary>
    public required string SegmentKey { get; init; }

    /// <summary>The segment's name, for people.</summary>
    public required string SegmentName { get; init; }

    /// <summary>The version of the definition that decided, from 1.</summary>
    public required int Version { get; init; }

    /// <summary><see cref="TransitionKind.Entered"/> or <see cref="TransitionKind.Exited"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The effective instant, UTC: the event's recording, or the instant at which time alone changed the answer.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Rises by one with each transition of the contact, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>Why: one of <see cref="TransitionCause"/>.</summary>
    public required string Cause { get; init; }

    /// <summary>The id of the event that caused it; null for other causes.</summary>
    public string? CauseEventId { get; init; }

    /// <summary>Common to the exit and the entry of one change of winner in an exclusive group; null otherwise.</summary>
    public Guid? ChangeId { get; init; }

    /// <summary>
    /// The place in the ledger, from 1: rises with every transition of the installation. Where a subscriber that was away
    /// reads on. Null in messages of services that did not tell it yet.
    /// </summary>
    public long? Position { get; init; }
}

/// <summary>A contact entered a segment.</summary>
public sealed record SegmentEntered : SegmentTransition
{
    /// <summary>For serializers and object initializers.</summary>
    public SegmentEntered()
    {
    }

    /// <summary>The transition as an entry.</summary>
    [SetsRequiredMembers]
    public SegmentEntered(SegmentTransition transition)
        : base(transition)
    {
        Kind = TransitionKind.Entered;
    }
}

/// <summary>A contact left a segment.</summary>
public sealed record SegmentExited : SegmentTransition
{
    /// <summary>For serializers and object initializers.</summary>
    public SegmentExited()
    {
    }

    /// <summary>The transition as an exit.</summary>
    [SetsRequiredMembers]
    public SegmentExited(SegmentTransition transition)
        : base(transition)
    {
        Kind = TransitionKind.Exited;
    }
}

/// <summary>One identifier of a contact.</summary>
/// <param name="Kind"><c>contactId</c>, <c>externalId</c>, <c>email</c>, <c>phone</c>, <c>pushToken</c>, or the name of an additional field.</param>
/// <param name="Value">The value as it was given.</param>
public sealed record ContactIdentifier(string Kind, string Value);

/// <summary>The words of <see cref="SegmentTransition.Kind"/>.</summary>
public static class TransitionKind
{
    /// <summary>The contact is a member from this instant.</summary>
    public const string Entered = "entered";

    /// <summary>The contact is no member from this instant.</summary>
    public const string Exited = "exited";
}

/// <summary>The words of <see cref="SegmentTransition.Cause"/>. More may come; an unknown one is no error.</summary>
public static class TransitionCause
{
    /// <summary>An event was recorded.</summary>
    public const string Event = "event";

    /// <summary>Time alone.</summary>
    public const string Clock = "clock";

    /// <summary>A field or identifier of the contact changed.</summary>
    public const string Contact = "contact";

    /// <summary>The segment was created, edited or deleted.</summary>
    public const string Definition = "definition";

    /// <summary>A static segment's list changed.</summary>
    public const string List = "list";

    /// <summary>Two contacts were merged, or a merge was undone.</summary>
    public const string Merge = "merge";

    /// <summary>The contact was erased.</summary>
    public const string Erasure = "erasure";

    /// <summary>A past event was imported.</summary>
    public const string Import = "import";
}
