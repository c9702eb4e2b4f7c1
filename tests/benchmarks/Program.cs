using BenchmarkDotNet.Running;
using EventSegmentation.Benchmarks;

if (args is ["sizes"])
    StateSizes.Print();
else
    BenchmarkSwitcher.FromAssembly(typeof(AdvanceBenchmarks).Assembly).Run(args);
