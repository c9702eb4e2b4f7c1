using System.Globalization;
using EventSegmentation.Contracts;
using EventSegmentation.Sample.Transitions;

namespace EventSegmentation.Sample.Show;

/// <summary>Figures and transitions in words.</summary>
internal static class Wording
{
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes} min {duration.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalHours} h {duration.Minutes} min"),
    };

    public static string TransitionHeading { get; } = $"{"TIME (UTC)",-12} {"WHAT",-7} {"SEGMENT",-18} {"CONTACT",-23} BECAUSE OF";

    public static string Transition(ReceivedTransition received)
    {
        var transition = received.Transition;
        var because = received.IsByClock ? $"clock, {Duration(received.Lateness)} late" : transition.Cause;
        return string.Create(CultureInfo.InvariantCulture,
            $"{received.ReceivedAt:HH:mm:ss.fff} {transition.Kind.ToUpperInvariant(),-7} {transition.SegmentKey,-18} {Contact(transition),-23} {because}");
    }

    /// <summary>The best name that there is for a contact.</summary>
    private static string Contact(SegmentTransition transition) =>
        Value(transition, "externalId") ?? Value(transition, "email") ?? $"contact {transition.ContactId}";

    private static string? Value(SegmentTransition transition, string kind) =>
        transition.Identifiers.FirstOrDefault(identifier => identifier.Kind == kind)?.Value;
}
