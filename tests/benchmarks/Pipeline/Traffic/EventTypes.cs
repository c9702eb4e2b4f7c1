namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>The twenty event types of a fitness app, and how often each comes.</summary>
internal static class EventTypes
{
    /// <summary>One more that comes only where it is asked for.</summary>
    public const string Daily = "DayMarked";

    private static readonly (string Key, int Weight)[] Weighted =
    [
        ("AppLogin", 18), ("ScreenViewed", 16), ("WorkoutStarted", 10), ("WorkoutCompleted", 9), ("ProductViewed", 8),
        ("CartUpdated", 6), ("SearchDone", 5), ("OrderPaid", 4), ("PushOpened", 4), ("EmailOpened", 4),
        ("MessageSent", 3), ("FriendAdded", 2), ("GoalReached", 2), ("AppInstall", 2), ("ClassBooked", 2),
        ("ReviewWritten", 1), ("TrialStarted", 1), ("SubscriptionStarted", 1), ("SubscriptionCancelled", 1), ("SupportAsked", 1),
    ];

    private static readonly string[] Spread = [.. Weighted.SelectMany(type => Enumerable.Repeat(type.Key, type.Weight))];

    public static IReadOnlyList<string> All { get; } = [.. Weighted.Select(type => type.Key)];

    /// <summary>The type that a throw of the dice chooses.</summary>
    public static string Of(ref Dice dice) => Spread[dice.Next(Spread.Length)];
}
