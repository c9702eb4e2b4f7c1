using System.Globalization;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>What a run does and where, from the environment that <c>make bench</c> makes.</summary>
/// <param name="Directory">Of the private instance and of the results.</param>
/// <param name="Fresh">The program that starts the instance with empty stores.</param>
/// <param name="Commit">Of what is measured.</param>
/// <param name="Scenarios">Their names, in the order in which they run.</param>
/// <param name="Events">Of the firehose; other scenarios take a share of them.</param>
/// <param name="Contacts">That the events are spread over.</param>
/// <param name="Segments">That are live, 1 to 1,000.</param>
/// <param name="Seed">Chooses the contacts that are checked.</param>
internal sealed record PipelineSettings(
    string Directory, string Fresh, string Commit, IReadOnlyList<string> Scenarios, int Events, int Contacts, int Segments, uint Seed)
{
    public static PipelineSettings Read() => new(
        Text("RUN_DIR"), Text("BENCH_FRESH"), Text("BENCH_COMMIT"),
        Text("SCENARIOS").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries),
        Number("EVENTS", 1_000), Number("CONTACTS", 100), Number("SEGMENTS", 1), uint.Parse(Text("SEED"), CultureInfo.InvariantCulture));

    private static string Text(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set; run this by 'make bench'.");

    private static int Number(string name, int least) =>
        int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new InvalidOperationException($"{name} is {Text(name)}; it must be a whole number from {least}.");
}
