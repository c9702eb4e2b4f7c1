namespace EventSegmentation.Sample.Fitness;

/// <summary>How a kind of person uses the app. Percentages are of days, or of the visits of a day.</summary>
/// <param name="Share">How common the kind is, against the other shares.</param>
/// <param name="Visits">Days with a visit, in percent.</param>
/// <param name="Trains">Visits with a workout, in percent.</param>
/// <param name="StaysFor">Days after the installation, shortest and longest, after which the visits end.</param>
/// <param name="Tries">Who starts a trial, in percent.</param>
/// <param name="Subscribes">Who subscribes after a trial, in percent.</param>
internal sealed record Persona(string Name, int Share, int Visits, int Trains, (int Shortest, int Longest) StaysFor, int Tries, int Subscribes)
{
    /// <summary>Longer than any history.</summary>
    private const int Ever = 10_000;

    public static readonly IReadOnlyList<Persona> All =
    [
        new("devoted", Share: 15, Visits: 85, Trains: 85, StaysFor: (Ever, Ever), Tries: 95, Subscribes: 90),
        new("regular", Share: 25, Visits: 50, Trains: 75, StaysFor: (Ever, Ever), Tries: 70, Subscribes: 60),
        new("casual", Share: 20, Visits: 20, Trains: 60, StaysFor: (Ever, Ever), Tries: 30, Subscribes: 30),
        new("trialist", Share: 15, Visits: 45, Trains: 50, StaysFor: (8, 25), Tries: 100, Subscribes: 10),
        new("lapsed", Share: 15, Visits: 55, Trains: 60, StaysFor: (5, 20), Tries: 40, Subscribes: 50),
        new("visitor", Share: 10, Visits: 60, Trains: 20, StaysFor: (0, 3), Tries: 5, Subscribes: 0),
    ];
}
