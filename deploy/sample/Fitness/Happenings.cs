using System.Text.Json.Nodes;

namespace EventSegmentation.Sample.Fitness;

/// <summary>What people do in the app, as the app reports it.</summary>
internal static class Happenings
{
    public const string AppInstall = nameof(AppInstall);
    public const string AppLogin = nameof(AppLogin);
    public const string WorkoutStarted = nameof(WorkoutStarted);
    public const string WorkoutCompleted = nameof(WorkoutCompleted);
    public const string TrialStarted = nameof(TrialStarted);
    public const string SubscriptionStarted = nameof(SubscriptionStarted);
    public const string SubscriptionExpired = nameof(SubscriptionExpired);
    public const string CartUpdated = nameof(CartUpdated);
    public const string OrderPaid = nameof(OrderPaid);

    public static readonly IReadOnlyList<string> Types =
    [
        AppInstall, AppLogin, WorkoutStarted, WorkoutCompleted, TrialStarted, SubscriptionStarted, SubscriptionExpired, CartUpdated, OrderPaid,
    ];

    public static Happening Install(Person person) => InApp(person, AppInstall, []);

    public static Happening Login(Person person) => InApp(person, AppLogin, new() { ["PushToken"] = person.PushToken });

    public static Happening Start(Person person, Workout workout) => InApp(person, WorkoutStarted, new() { ["type"] = workout.Type });

    public static Happening Complete(Person person, Workout workout) => InApp(person, WorkoutCompleted, new()
    {
        ["type"] = workout.Type,
        ["calories"] = workout.Calories,
        ["durationMinutes"] = workout.Minutes,
    });

    public static Happening Try(Person person) => InApp(person, TrialStarted, new() { ["days"] = 7 });

    public static Happening Subscribe(Person person, string plan) => InApp(person, SubscriptionStarted, new() { ["plan"] = plan });

    public static Happening Expire(Person person) => InShop(person, SubscriptionExpired, []);

    public static Happening FillCart(Person person, Purchase purchase) => InShop(person, CartUpdated, purchase.Params());

    public static Happening Pay(Person person, Purchase purchase) => InShop(person, OrderPaid, purchase.Params());

    private static Happening InApp(Person person, string type, JsonObject @params)
    {
        if (person.ExternalId is { } id)
            @params["externalCustomerId"] = id;
        if (person.Email is { } email)
            @params["Email"] = email;
        else
            @params["PushToken"] = person.PushToken;
        @params["deviceCategory"] = person.Device.Category;
        @params["osType"] = person.Device.Os;
        return new(person, type, @params);
    }

    // The shop is another system: it has no external ids, another name for the email, and writes it as it likes.
    private static Happening InShop(Person person, string type, JsonObject @params)
    {
        if (person.Email is { } email)
            @params["UserEmail"] = email.ToUpperInvariant();
        else
            @params["PushToken"] = person.PushToken;
        return new(person, type, @params);
    }
}
