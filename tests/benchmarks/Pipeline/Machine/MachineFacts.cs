using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;
using RabbitMQ.Client;

namespace EventSegmentation.Benchmarks.Pipeline.Machine;

/// <summary>Where figures come from.</summary>
internal sealed record MachineFacts(int Cores, string Processor, long MemoryMegabytes, string System, string Runtime, string Postgres, string RabbitMq)
{
    public static async Task<MachineFacts> ReadAsync(Stack stack)
    {
        await using var broker = await stack.ConnectAsync("machine facts");
        await using var connection = await stack.Database.OpenConnectionAsync();
        return new(
            Environment.ProcessorCount,
            File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown",
            long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            connection.PostgreSqlVersion.ToString(),
            global::System.Text.Encoding.UTF8.GetString((byte[])broker.ServerProperties!["version"]!));
    }
}
