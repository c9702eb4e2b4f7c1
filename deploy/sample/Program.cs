using System.Runtime.InteropServices;
using EventSegmentation.Sample;
using EventSegmentation.Sample.Show;

const int Good = 0;
const int Failed = 1;
const int Interrupted = 130;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    if (SampleOptions.Parse(args) is not { } options)
    {
        Console.WriteLine(SampleOptions.Help);
        return Good;
    }

    var environment = SampleEnvironment.Read(Environment.GetEnvironmentVariable);
    using var run = new SampleRun(options, environment, new Terminal(Console.Out), TimeProvider.System);
    return await run.RunAsync(stop.Token) ? Good : Failed;
}
catch (SampleFault fault)
{
    Console.Error.WriteLine(fault.Message);
    return Failed;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped before the end.");
    return Interrupted;
}

// The first signal ends the story orderly, the second at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
