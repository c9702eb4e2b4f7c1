namespace EventSegmentation.Fuzzing;

/// <summary>A way by which something from outside comes in.</summary>
/// <param name="Name">One word, by which an input is named: <c>parser:17</c>.</param>
/// <param name="InTest">Inputs of an ordinary test run.</param>
/// <param name="Share">The part of the inputs of a longer run that goes through this door.</param>
/// <param name="TimeShare">The part of the seconds of a longer run.</param>
/// <param name="Salt">Keeps the dice of the doors apart.</param>
internal sealed record FuzzDoor(string Name, int InTest, double Share, double TimeShare, int Salt)
{
    /// <summary>The parser of conditions, and what follows from a condition that is understood.</summary>
    public static FuzzDoor Parser { get; } = new("parser", 20_000, 0.80, 0.25, Salt: 1);

    /// <summary>The HTTP calls of ingestion.</summary>
    public static FuzzDoor Ingestion { get; } = new("ingestion", 8_000, 0.13, 0.25, Salt: 2);

    /// <summary>The messages that ingestion takes from the broker.</summary>
    public static FuzzDoor Submissions { get; } = new("amqp", 600, 0.04, 0.2, Salt: 3);

    /// <summary>The HTTP calls of segmentation.</summary>
    public static FuzzDoor Segmentation { get; } = new("segmentation", 3_000, 0.03, 0.3, Salt: 4);
}
