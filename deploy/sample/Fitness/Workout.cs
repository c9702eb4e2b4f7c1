namespace EventSegmentation.Sample.Fitness;

/// <summary>One workout.</summary>
internal sealed record Workout(string Type, int Minutes, int Calories)
{
    public static Workout Throw(Dice dice)
    {
        var (type, lightest, hardest) = dice.Pick(
            ("Strength", 7, 12), ("Strength", 7, 12), ("Running", 9, 14), ("Cycling", 7, 11), ("HIIT", 10, 15), ("Yoga", 3, 5));
        var minutes = dice.Between(4, 20) * 5;
        return new(type, minutes, minutes * dice.Between(lightest, hardest));
    }
}
