using System.Text.Json;
using EventSegmentation.Contracts;

namespace EventSegmentation.Sample.Services;

/// <summary>The part of an RFC 9457 problem that a person reads.</summary>
internal sealed record ProblemAnswer(string? Detail);

/// <summary>What became of a batch of events.</summary>
internal sealed record BatchAnswer(int Accepted, IReadOnlyList<RefusedAnswer>? Refused);

internal sealed record RefusedAnswer(int Index);

/// <summary>A part of a list.</summary>
/// <param name="Next">The cursor of the next part; null at the end.</param>
internal sealed record PageAnswer<T>(IReadOnlyList<T> Items, string? Next);

/// <param name="Events">How many events of the type are kept.</param>
internal sealed record EventTypeAnswer(long Events);

internal sealed record SegmentAnswer(string Key, string State, long Size, string Sentence, JsonElement Condition);

internal sealed record MemberAnswer(string ContactId);

internal sealed record CardAnswer(
    string ContactId, IReadOnlyList<ContactIdentifier> Identifiers, string Source, IReadOnlyList<MembershipAnswer> Segments);

internal sealed record MembershipAnswer(string Key);
