using System.Globalization;

namespace EventSegmentation.Sample;

/// <summary>What was asked for on the command line.</summary>
/// <param name="Bounded">End after <see cref="LiveLimit"/>, and check the outcome.</param>
/// <param name="Seed">Decides everything that chance decides.</param>
/// <param name="Contacts">People with a history. 1 to <see cref="MaxContacts"/>.</param>
internal sealed record SampleOptions(bool Bounded = false, long Seed = 1, int Contacts = 400)
{
    /// <summary>Their history is held in memory.</summary>
    public const int MaxContacts = 20_000;

    /// <summary>The live part of a bounded run: longer than the minute after which people leave <c>active-now</c>.</summary>
    public static readonly TimeSpan LiveLimit = TimeSpan.FromSeconds(75);

    public static string Help { get; } = $"""
        A fitness app that sends its events and watches its contacts enter and leave segments.

          --bounded      end after {LiveLimit.TotalSeconds} seconds, check the outcome; exit code 1 if it is not as it should be
          --seed N       another app with other people (default 1)
          --contacts N   how many people have a history, 1 to {MaxContacts} (default 400)
          --help         this text

        It needs INGESTION_URL, SEGMENTATION_URL, AMQP_URL, WRITE_KEY, READ_KEY and ADMIN_KEY;
        `make run` starts everything and gives it these.
        """;

    /// <summary>Null if help was asked for.</summary>
    /// <exception cref="SampleFault">An argument is not understood.</exception>
    public static SampleOptions? Parse(IReadOnlyList<string> args)
    {
        var options = new SampleOptions();
        for (var at = 0; at < args.Count; at++)
        {
            switch (args[at])
            {
                case "--help" or "-h":
                    return null;
                case "--bounded":
                    options = options with { Bounded = true };
                    break;
                case "--seed":
                    options = options with { Seed = Number(args, ++at, 0, int.MaxValue) };
                    break;
                case "--contacts":
                    options = options with { Contacts = Number(args, ++at, 1, MaxContacts) };
                    break;
                default:
                    throw new SampleFault($"'{args[at]}' is not understood; --help lists the options.");
            }
        }

        return options;
    }

    private static int Number(IReadOnlyList<string> args, int at, int lowest, int highest) =>
        at < args.Count && int.TryParse(args[at], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= lowest && number <= highest
            ? number
            : throw new SampleFault($"{args[at - 1]} takes a whole number from {lowest} to {highest}.");
}
