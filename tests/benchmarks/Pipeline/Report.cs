using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSegmentation.Benchmarks.Pipeline.Machine;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>One measured figure.</summary>
/// <param name="Floor">What it is compared with, measured in the same run; null if there is nothing.</param>
/// <param name="Ratio">The figure over its floor.</param>
internal sealed record Figure(string Scenario, string Name, double Value, string Unit, string? Floor, double? FloorValue)
{
    public double? Ratio => FloorValue is { } floor && floor > 0 ? Value / floor : null;
}

/// <summary>Something that must be so; a run in which it is not has failed.</summary>
internal sealed record Check(string Scenario, string Name, bool Holds, string Detail);

/// <summary>A figure that could not be measured, and why.</summary>
internal sealed record Missing(string Scenario, string Name, string Reason);

/// <summary>What a run has measured: told line by line as it is known, and kept as JSON.</summary>
internal sealed class Report(PipelineSettings settings, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly List<Figure> _figures = [];
    private readonly List<Check> _checks = [];
    private readonly List<Missing> _missing = [];
    private string? _scenario;

    public MachineFacts? Machine { get; set; }

    public bool IsGood => _checks.TrueForAll(check => check.Holds);

    /// <summary>The figure of that name; null if the run has not measured it.</summary>
    public double? Find(string scenario, string name) => _figures.Find(figure => figure.Scenario == scenario && figure.Name == name)?.Value;

    public void Add(string scenario, string name, double value, string unit, string? floor = null, double? floorValue = null)
    {
        var figure = new Figure(scenario, name, value, unit, floor, floorValue);
        _figures.Add(figure);
        Head(scenario);
        var beside = figure.Ratio is { } ratio ? $"   {ratio,8:0.00} × {floor} ({Text(figure.FloorValue!.Value)})" : "";
        Console.WriteLine($"  {name,-56}{Text(value),12} {unit,-12}{beside}");
    }

    public void Add(Check check)
    {
        _checks.Add(check);
        Head(check.Scenario);
        Console.WriteLine($"  {check.Name,-56}{(check.Holds ? "yes" : "NO"),12} {check.Detail}");
    }

    /// <summary>Says that a figure is not there; the run is as good without it.</summary>
    public void Miss(string scenario, string name, string reason)
    {
        _missing.Add(new(scenario, name, reason));
        Head(scenario);
        Console.WriteLine($"  {name,-56}{"none",12} {reason}");
    }

    /// <summary>Writes all of it beside the earlier ones; returns the file.</summary>
    public async Task<string> WriteAsync()
    {
        var file = Path.Combine(settings.Directory, $"{_started.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await using var stream = File.Create(file);
        await JsonSerializer.SerializeAsync(
            stream,
            new { started = _started, settings.Commit, settings.Scenarios, settings.Events, settings.Contacts, settings.Segments, settings.Seed, Machine, figures = _figures, missing = _missing, checks = _checks },
            Json);
        return file;
    }

    private void Head(string scenario)
    {
        if (scenario != _scenario)
            Console.WriteLine($"{Environment.NewLine}{scenario}");
        _scenario = scenario;
    }

    private static string Text(double value) => value.ToString(Math.Abs(value) switch
    {
        >= 100 => "N0",
        >= 10 => "0.0",
        > 0 and < 0.1 => "0.0000",
        _ => "0.00",
    }, CultureInfo.InvariantCulture);
}
