using System.Globalization;
using BenchmarkDotNet.Running;
using EventSegmentation.Benchmarks;
using EventSegmentation.Benchmarks.Builds;
using EventSegmentation.Benchmarks.History;
using EventSegmentation.Benchmarks.Pipeline;

switch (args)
{
    case ["sizes"]:
        StateSizes.Print();
        break;
    case ["copy"]:
        await CopyCost.PrintAsync(
            ("without the history's indexes", "drop index public.mt_events_by_time; drop index public.mt_events_by_type"),
            ("by time", "drop index public.mt_events_by_type"),
            ("by time and by type", "select 1"));
        break;
    case ["history", var events]:
        await PageTimes.PrintAsync(int.Parse(events, CultureInfo.InvariantCulture));
        break;
    case ["imports", var imports]:
        await ImportDelay.PrintAsync(int.Parse(imports, CultureInfo.InvariantCulture));
        break;
    case ["builds", var stored, var contacts]:
        await BuildTime.PrintAsync(int.Parse(stored, CultureInfo.InvariantCulture), int.Parse(contacts, CultureInfo.InvariantCulture));
        break;
    case ["pipeline"]:
        return await PipelineBench.RunAsync();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(AdvanceBenchmarks).Assembly).Run(args);
        break;
}

return 0;
