using static EventSegmentation.Sample.Fitness.Happenings;

namespace EventSegmentation.Sample.Segments;

/// <summary>The segments that the sample creates.</summary>
internal static class SampleSegments
{
    /// <summary>The segment of those who did not do something.</summary>
    public static readonly SampleSegment GoneQuiet = new(
        "gone-quiet", "Gone quiet", "Win them back before they forget the app.",
        """
        { "all": [
          { "event": "AppLogin", "period": "all time" },
          { "not": { "event": "AppLogin", "period": "last 14 days" } } ] }
        """,
        past => past.Ever(AppLogin).Any() && !past.Last(TimeSpan.FromDays(14), AppLogin).Any());

    public static readonly IReadOnlyList<SampleSegment> All =
    [
        new("active-now", "Active now", "Show that somebody is there. They leave by the clock, one minute after the last sign of life.",
            """
            { "event": ["AppLogin", "WorkoutStarted", "WorkoutCompleted"], "period": "last 1 minute" }
            """,
            past => past.Last(TimeSpan.FromMinutes(1), AppLogin, WorkoutStarted, WorkoutCompleted).Any()),

        new("strength-today", "Strong today", "Congratulate: a Strength workout of more than 500 calories today.",
            """
            {
              "event": "WorkoutCompleted", "period": "today",
              "where": { "all": [ { "param": "type", "is": "Strength" }, { "param": "calories", "moreThan": 500 } ] }
            }
            """,
            past => past.Today(WorkoutCompleted).Any(e => (string?)e.Params["type"] == "Strength" && (int)e.Params["calories"]! > 500)),

        new("strength-today-ios", "Strong today, on an iPhone", "The same, for a push that only iPhones understand.",
            """
            {
              "event": "WorkoutCompleted", "period": "today",
              "where": { "all": [
                { "param": "type", "is": "Strength" }, { "param": "calories", "moreThan": 500 },
                { "param": "deviceCategory", "is": "Mobile" }, { "param": "osType", "is": "iOS" } ] }
            }
            """,
            past => past.Today(WorkoutCompleted).Any(e =>
                (string?)e.Params["type"] == "Strength" && (int)e.Params["calories"]! > 500
                && (string?)e.Params["deviceCategory"] == "Mobile" && (string?)e.Params["osType"] == "iOS")),

        new("trial-undecided", "Trial, not yet subscribed", "A word of help for who has just started a trial and has not subscribed.",
            """
            { "all": [
              { "event": "TrialStarted", "period": "last 2 minutes" },
              { "not": { "event": "SubscriptionStarted", "period": "last 2 minutes" } } ] }
            """,
            past => past.Last(TimeSpan.FromMinutes(2), TrialStarted).Any() && !past.Last(TimeSpan.FromMinutes(2), SubscriptionStarted).Any()),

        new("cart-left", "Cart left behind", "Remind of a cart worth 50 or more that nobody has paid for since yesterday.",
            """
            { "all": [
              { "event": "CartUpdated", "where": { "param": "totalCost", "atLeast": 50 }, "period": "last 24 hours" },
              { "not": { "event": "OrderPaid", "period": "last 24 hours" } } ] }
            """,
            past => past.Last(TimeSpan.FromHours(24), CartUpdated).Any(e => (int)e.Params["totalCost"]! >= 50)
                && !past.Last(TimeSpan.FromHours(24), OrderPaid).Any()),

        new("regulars", "Regulars", "Five workouts or more in 30 days: ask them for a review.",
            """
            { "event": "WorkoutCompleted", "count": { "atLeast": 5 }, "period": "last 30 days" }
            """,
            past => past.Last(TimeSpan.FromDays(30), WorkoutCompleted).Count() >= 5),

        new("rest-day", "Due for a rest", "Four workouts in three days, or a hard one of 90 minutes yesterday: suggest a rest.",
            """
            { "any": [
              { "event": "WorkoutCompleted", "count": { "atLeast": 4 }, "period": "last 3 days" },
              { "event": "WorkoutCompleted", "period": "yesterday", "where": { "all": [
                { "param": "durationMinutes", "between": [90, 600] },
                { "param": "type", "in": ["Running", "Cycling", "HIIT"] } ] } } ] }
            """,
            past => past.Last(TimeSpan.FromDays(3), WorkoutCompleted).Count() >= 4
                || past.Yesterday(WorkoutCompleted).Any(e =>
                    (int)e.Params["durationMinutes"]! is >= 90 and <= 600 && (string?)e.Params["type"] is "Running" or "Cycling" or "HIIT")),

        GoneQuiet,
    ];
}
