using System.Globalization;

namespace EventSegmentation.Benchmarks.Pipeline.Machine;

/// <summary>What a process and everything below it have used since they were started.</summary>
/// <param name="CpuSeconds">Processor time, of children too that have ended.</param>
/// <param name="PeakBytes">
/// The most memory: of each process its highest, without what is shared; and once the most that one has of the shared. So for
/// several processes it is not less than the truth.
/// </param>
internal readonly record struct ProcessUse(double CpuSeconds, long PeakBytes)
{
    /// <summary>The clock ticks of /proc, the same on every Linux.</summary>
    public const double TicksPerSecond = 100;

    /// <summary>Of a process by itself, and of those below it.</summary>
    public static ProcessUse OfTree(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Fields: Stat(id)))
            .Where(process => process.Fields.Length > 0)
            .ToLookup(process => int.Parse(process.Fields[1], CultureInfo.InvariantCulture), process => process.Id);
        var tree = new List<int> { root };
        for (var i = 0; i < tree.Count; i++)
            tree.AddRange(parents[tree[i]]);
        return new(tree.Sum(CpuOf), tree.Sum(id => Memory(id, "VmHWM") - Memory(id, "RssShmem")) + tree.Max(id => Memory(id, "RssShmem")));
    }

    /// <summary>Seconds of processor time of one process, with those of its children that have ended.</summary>
    public static double CpuOf(int process) =>
        Stat(process) is { Length: > 0 } fields
            ? fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond
            : 0;

    // After the name, which stands in brackets: state, parent, …; user and system time, and those of ended children, are
    // the fields 11 to 14. Empty if there is no such process any more.
    private static string[] Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static long Memory(int process, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[(name.Length + 1)..^2].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
