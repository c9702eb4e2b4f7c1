using System.Diagnostics;
using System.Threading.Channels;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>An example of the docs, run as the docs say.</summary>
internal sealed class ExampleProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly bool _endsWithInput;

    private ExampleProgram(string program, IEnumerable<string> arguments, bool endsWithInput)
    {
        _endsWithInput = endsWithInput;
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                _lines.Writer.TryWrite(line.Data);
        };
        _process.BeginOutputReadLine();
    }

    public static ExampleProgram Python(params string[] arguments) =>
        new(TestEnvironment.Python, ["-u", Path.Combine(AppContext.BaseDirectory, "EndToEnd", "subscriber.py"), .. arguments], endsWithInput: false);

    // The same configuration and framework as these tests': …/tests/integration/bin/Release/net10.0/
    public static ExampleProgram CSharp(params string[] arguments)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = framework.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var built = Path.Combine(root, "docs", "examples", "subscriber", "bin", framework.Parent!.Name, framework.Name);
        return new("dotnet", [Path.Combine(built, "EventSegmentation.ExampleSubscriber.dll"), .. arguments], endsWithInput: true);
    }

    /// <summary>The next lines that it prints.</summary>
    public async Task<string[]> ReadAsync(int lines)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var read = new string[lines];
        for (var i = 0; i < lines; i++)
            read[i] = await _lines.Reader.ReadAsync(limit.Token);
        return read;
    }

    /// <summary>The lines that it has printed and that nobody read.</summary>
    public int Unread => _lines.Reader.Count;

    /// <summary>Ends it as its user would, so that it acknowledges what it has handled; one that does not listen is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_endsWithInput)
        {
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(Eventually.Limit);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
