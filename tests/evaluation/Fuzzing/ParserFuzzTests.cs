using EventSegmentation.Fuzzing;
using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Fuzzing;

/// <summary>Conditions that nobody would think of.</summary>
public sealed class ParserFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_condition_is_refused_with_its_places_or_understood_for_good()
    {
        var run = new FuzzRun(FuzzDoor.Parser);
        var tally = new Tally(FuzzDoor.Parser);
        while (run.TryNext(out var number))
        {
            var input = ConditionInput.Make(run.Random(number));
            try
            {
                tally.Count(ConditionLaw.Check(input));
            }
            catch (Exception broken)
            {
                run.Broken(number, input, broken);
            }
        }

        tally.Print(output);
        run.Finish();
    }
}
