using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Laws;

public sealed class EvaluatorLaws(ITestOutputHelper output)
{
    [Fact]
    public void Incremental_equals_reference_at_every_instant()
    {
        var coverage = new Coverage();
        Proof.Check(output, scenario => new Simulation(scenario, coverage).Run());
        output.WriteLine($"{coverage.Comparisons:N0} comparisons");
        output.WriteLine(coverage.ToString());
    }
}
