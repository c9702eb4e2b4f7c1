using System.Globalization;

namespace EventSegmentation.Benchmarks.Pipeline.Machine;

/// <summary>Seconds of processor time of the whole machine since it was started, over all cores.</summary>
/// <param name="Busy">In which something ran, the kernel's own work included.</param>
/// <param name="Idle">In which nothing ran, waiting for the disk included.</param>
internal readonly record struct MachineTime(double Busy, double Idle)
{
    public static MachineTime Read()
    {
        // cpu user nice system idle iowait irq softirq …
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..8]
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture) / ProcessUse.TicksPerSecond).ToArray();
        return new(fields[0] + fields[1] + fields[2] + fields[5] + fields[6], fields[3] + fields[4]);
    }
}
