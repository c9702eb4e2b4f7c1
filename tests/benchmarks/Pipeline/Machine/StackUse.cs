namespace EventSegmentation.Benchmarks.Pipeline.Machine;

/// <summary>What every process of a run has used. The generator is this program, which receives the transitions too.</summary>
internal sealed class StackUse
{
    public const string Generator = "generator";
    private static readonly string[] Started = ["ingestion", "rabbitmq", "segmentation", "postgres"];

    private readonly Dictionary<string, ProcessUse> _uses;

    private StackUse(Dictionary<string, ProcessUse> uses) => _uses = uses;

    public static StackUse Of(Stack stack) => new(
        Started.ToDictionary(name => name, name => ProcessUse.OfTree(stack.ProcessOf(name)))
            .Append(new(Generator, ProcessUse.OfTree(Environment.ProcessId))).ToDictionary());

    /// <summary>The names, the generator last.</summary>
    public IEnumerable<string> Names => _uses.Keys;

    /// <summary>Seconds of processor time since an earlier look.</summary>
    public double CpuSince(StackUse before, string name) => _uses[name].CpuSeconds - before._uses[name].CpuSeconds;

    /// <summary>The same of all but the generator.</summary>
    public double ServedCpuSince(StackUse before) => Started.Sum(name => CpuSince(before, name));

    /// <summary>The most memory since the process was started.</summary>
    public long PeakOf(string name) => _uses[name].PeakBytes;
}
