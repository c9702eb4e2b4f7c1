using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>
/// Runs a law on many scenarios. <c>PROVE_CASES</c> says on how many and <c>PROVE_SEED</c> with which seed, which
/// is printed in any case; what fails is shrunk. Without them the scenarios are always the same, so that a failure
/// comes from a change; new ones are what <c>make prove</c> is for.
/// </summary>
internal static class Proof
{
    /// <summary>How many scenarios a law is checked on if nothing is said.</summary>
    public const int DefaultCases = 2_000;

    /// <summary>The seed if nothing is said.</summary>
    public const ulong DefaultSeed = 2026;

    public static int Cases { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("PROVE_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out var cases) ? cases : DefaultCases;

    public static ulong Seed { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("PROVE_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : DefaultSeed;

    public static void Check(ITestOutputHelper output, Action<Scenario> law)
    {
        output.WriteLine($"PROVE_SEED={Seed} PROVE_CASES={Cases}");
        var scenarios = Arb.From(
            Gen.Choose(0, int.MaxValue).Select(seed => new ScenarioMaker(seed).Make()),
            scenario => scenario.Shrink());
        var replay = new Replay(new Rnd(Seed, Seed | 1), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure.WithMaxTest(Cases).WithReplay(FSharpOption<Replay>.Some(replay));
        FsCheck.Check.One(config, Prop.ForAll(scenarios, law));
    }
}
