using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace EventSegmentation.Fuzzing;

/// <summary>
/// The inputs of one run through one door, by number. An input is a function of the seed, the door and its number alone, so that one can be
/// made again by itself: <c>FUZZ_SEED</c> chooses the seed, <c>FUZZ_INPUTS</c> or <c>FUZZ_SECONDS</c> the length of all doors together, and
/// <c>FUZZ_ONLY</c>, such as <c>parser:17</c>, a single input. Without them the inputs are always the same, so that a failure comes from a
/// change; new ones are what <c>make fuzz</c> is for. Safe for concurrent use.
/// </summary>
internal sealed class FuzzRun
{
    /// <summary>The seed if nothing is said.</summary>
    public const uint DefaultSeed = 2026;

    /// <summary>A run ends early when so many inputs broke the law: they are likely to have few causes.</summary>
    public const int MaxBroken = 12;

    private readonly ConcurrentQueue<string> _broken = new();
    private readonly FuzzDoor _door;
    private readonly int _first;
    private readonly int _end;
    private readonly TimeSpan _time;
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _next;

    public FuzzRun(FuzzDoor door)
    {
        _door = door;
        (_first, _end, _time) = (0, door.InTest, Timeout.InfiniteTimeSpan);
        if (Variable("FUZZ_ONLY")?.Split(':') is [var only, var number])
            (_first, _end) = only == door.Name ? (Number(number), Number(number) + 1) : (0, 0);
        else if (Variable("FUZZ_SECONDS") is { } seconds)
            (_end, _time) = (int.MaxValue, TimeSpan.FromSeconds(Number(seconds) * door.TimeShare));
        else if (Variable("FUZZ_INPUTS") is { } inputs)
            _end = (int)Math.Ceiling(Number(inputs) * door.Share);
        _next = _first;
    }

    public static uint Seed { get; } = Variable("FUZZ_SEED") is { } seed ? uint.Parse(seed, CultureInfo.InvariantCulture) : DefaultSeed;

    /// <summary>The number of the next input; false at the end of the run.</summary>
    public bool TryNext(out int number)
    {
        number = Interlocked.Increment(ref _next) - 1;
        return number < _end && _broken.Count < MaxBroken && (_time == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(_began) < _time);
    }

    /// <summary>The dice of an input.</summary>
    public Random Random(int number) => new(unchecked(((((int)Seed * 397) + number) * 397) + _door.Salt));

    /// <summary>How the input is made again.</summary>
    public string Again(int number) => string.Create(CultureInfo.InvariantCulture, $"make fuzz SEED={Seed} ONLY={_door.Name}:{number}");

    /// <summary>Notes an input that broke the law.</summary>
    public void Broken(int number, object input, Exception how) => _broken.Enqueue($"Input {number} broke the law: {Again(number)}{Environment.NewLine}{input}{Environment.NewLine}{how}{Environment.NewLine}");

    /// <summary>Ends the run: throws with the inputs that broke the law, if any did.</summary>
    /// <exception cref="InvalidOperationException">Some did.</exception>
    public void Finish()
    {
        if (!_broken.IsEmpty)
            throw new InvalidOperationException(string.Join(Environment.NewLine, _broken));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
