using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace EventSegmentation.Fuzzing;

/// <summary>How many inputs of a door ended how. <c>FUZZ_COUNTS</c> names a file to which the counts are added. Safe for concurrent use.</summary>
internal sealed class Tally(FuzzDoor door)
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public int Inputs => _counts.Values.Sum();

    public int Of(string outcome) => _counts.GetValueOrDefault(outcome);

    public void Count(string outcome) => _counts.AddOrUpdate(outcome, 1, (_, count) => count + 1);

    public void Print(ITestOutputHelper output)
    {
        var table = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"FUZZ_SEED={FuzzRun.Seed}, {door.Name}: {Inputs:N0} inputs");
        foreach (var (outcome, count) in _counts.OrderBy(one => one.Key, StringComparer.Ordinal))
            table.AppendLine(CultureInfo.InvariantCulture, $"{count,12:N0}  {outcome}");
        output.WriteLine(table.ToString());
        if (Environment.GetEnvironmentVariable("FUZZ_COUNTS") is { Length: > 0 } file)
            File.AppendAllLines(file, _counts.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{door.Name}\t{one.Key}\t{one.Value}"));
    }
}
