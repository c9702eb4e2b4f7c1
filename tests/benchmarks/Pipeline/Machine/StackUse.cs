namespace EventSegmentation.Benchmarks.Pipeline.Machine;

/// <summary>What every process of a run has used. The generator is this program, which receives the transitions too.</summary>
internal sealed class StackUse
{
    public const string Generator = "generator";
    public const double Million = 1_000_000;
    private static readonly string[] Started = ["ingestion", "rabbitmq", "segmentation", "postgres"];

    private readonly Dictionary<string, ProcessUse> _uses;

    private readonly MachineTime _machine;

    private StackUse(Dictionary<string, ProcessUse> uses, MachineTime machine) => (_uses, _machine) = (uses, machine);

    public static StackUse Of(Stack stack) => new(
        Started.ToDictionary(name => name, name => ProcessUse.OfTree(stack.ProcessOf(name)))
            .Append(new(Generator, ProcessUse.OfTree(Environment.ProcessId))).ToDictionary(),
        MachineTime.Read());

    /// <summary>The names, the generator last.</summary>
    public IEnumerable<string> Names => _uses.Keys;

    /// <summary>Seconds of processor time since an earlier look.</summary>
    public double CpuSince(StackUse before, string name) => _uses[name].CpuSeconds - before._uses[name].CpuSeconds;

    /// <summary>The same of all but the generator.</summary>
    public double ServedCpuSince(StackUse before) => Started.Sum(name => CpuSince(before, name));

    /// <summary>Seconds that everything else on the machine took: other programs, and what the kernel does for nobody in particular.</summary>
    public double OtherCpuSince(StackUse before) => Math.Max(0, _machine.Busy - before._machine.Busy - Names.Sum(name => CpuSince(before, name)));

    /// <summary>The part of the machine's time in which nothing ran, in percent.</summary>
    public double IdlePercentSince(StackUse before)
    {
        var (busy, idle) = (_machine.Busy - before._machine.Busy, _machine.Idle - before._machine.Idle);
        return 100 * idle / (busy + idle);
    }

    /// <summary>Tells the processor time since an earlier look by process, and how much of the machine was idle.</summary>
    /// <param name="work">What the names of the figures begin with.</param>
    /// <param name="count">Of how many things it is the time.</param>
    public void AddCpu(Report report, string scenario, string work, StackUse before, int count)
    {
        foreach (var name in Names)
            report.Add(scenario, $"{work}processor time of {name}", CpuSince(before, name) / count * Million, "s/million");
        report.Add(scenario, $"{work}processor time of all else", OtherCpuSince(before) / count * Million, "s/million");
        report.Add(scenario, $"{work}machine idle", IdlePercentSince(before), "%");
    }

    /// <summary>The most memory since the process was started.</summary>
    public long PeakOf(string name) => _uses[name].PeakBytes;
}
