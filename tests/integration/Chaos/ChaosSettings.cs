using System.Globalization;
using EventSegmentation.UnitTests.Architecture;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>What a run of the simulation is told: <c>CHAOS_SEED</c>, <c>CHAOS_SECONDS</c>, <c>CHAOS_KINDS</c>, and where its own servers live.</summary>
/// <param name="Seed">Decides the plan of faults and what the load is drawn from. Not the instants at which processes meet: no two runs are equal.</param>
/// <param name="Duration">For how long faults are begun.</param>
/// <param name="Kinds">Parts of the names of the kinds of faults that it has, separated by commas; all if there are none.</param>
/// <param name="Directory">Of the servers' instance; removed with them at the end of a good run.</param>
/// <param name="PortShift">Moves the servers' ports.</param>
internal sealed record ChaosSettings(int Seed, TimeSpan Duration, string[] Kinds, string Directory, int PortShift)
{
    // One whose first faults are some of the worst: work that is done half is struck early.
    private const int DefaultSeed = 140111;
    private const int DefaultSeconds = 70;
    private const int DefaultPortShift = 6_000;

    public static ChaosSettings Read() => new(
        Number("CHAOS_SEED", DefaultSeed),
        TimeSpan.FromSeconds(Number("CHAOS_SECONDS", DefaultSeconds)),
        (Environment.GetEnvironmentVariable("CHAOS_KINDS") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        Environment.GetEnvironmentVariable("CHAOS_RUN_DIR") is { Length: > 0 } directory ? directory : Path.Combine(ProjectRoot.Path, ".run", "chaos"),
        Number("CHAOS_PORT_SHIFT", DefaultPortShift));

    public override string ToString() => FormattableString.Invariant($"CHAOS_SEED={Seed} CHAOS_SECONDS={Duration.TotalSeconds}{(Kinds.Length == 0 ? "" : $" CHAOS_KINDS='{string.Join(',', Kinds)}'")}");

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
