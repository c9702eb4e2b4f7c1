using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// Leaves that can only be changed by events whose parameter has one of some values, found by that value. So an event
/// asks one question for all of them, not one for each. What it lets through is still asked by the leaf's own filter.
/// </summary>
internal sealed class Gate
{
    // A longer text is looked up as a string of its own.
    private const int MaxSpan = 256;

    private readonly ValuePath _param;
    private readonly FrozenDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _texts;
    private readonly FrozenDictionary<decimal, int[]> _numbers;
    private readonly int[] _whenTrue;
    private readonly int[] _whenFalse;

    private Gate(ValuePath param, IReadOnlyList<(Scalar Value, int Leaf)> entries)
    {
        _param = param;
        _texts = entries.Where(entry => entry.Value.Text is not null)
            .GroupBy(entry => entry.Value.Text!, entry => entry.Leaf, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.Distinct().ToArray(), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        _numbers = entries.Where(entry => entry.Value.Number is not null)
            .GroupBy(entry => entry.Value.Number!.Value, entry => entry.Leaf)
            .ToFrozenDictionary(group => group.Key, group => group.Distinct().ToArray());
        _whenTrue = [.. entries.Where(entry => entry.Value.IsTruth(true)).Select(entry => entry.Leaf).Distinct()];
        _whenFalse = [.. entries.Where(entry => entry.Value.IsTruth(false)).Select(entry => entry.Leaf).Distinct()];
    }

    /// <summary>The gates of the leaves that can have one, one for each parameter; the rest must always be asked.</summary>
    public static (Gate[] Gates, int[] Always) Of(IReadOnlyList<Leaf> leaves, IEnumerable<int> watching)
    {
        var always = new List<int>();
        var entries = new Dictionary<string, (ValuePath Param, List<(Scalar, int)> Values)>(StringComparer.Ordinal);
        foreach (var leaf in watching)
        {
            if (leaves[leaf].OnlyFilter?.Where is not { } where || Demand(where) is not var (param, demanded))
            {
                always.Add(leaf);
                continue;
            }

            if (!entries.TryGetValue(param.Text, out var entry))
                entries.Add(param.Text, entry = (param, []));
            entry.Values.AddRange(demanded.Values.Select(value => (value, leaf)));
        }

        return ([.. entries.Values.Select(entry => new Gate(entry.Param, entry.Values))], [.. always]);
    }

    /// <summary>Adds the leaves whose values the event has.</summary>
    public void Let(JsonElement json, Bits reached) =>
        _param.Some(json, (Gate: this, Reached: reached), static (value, state) => state.Gate.See(value, state.Reached));

    /// <summary>A test that a filter cannot do without.</summary>
    private static (ValuePath Param, Predicate.OneOf Values)? Demand(Where where) => where switch
    {
        Where.Test { Predicate: Predicate.OneOf { IgnoreCase: false } of } test => (test.Param, of),
        Where.All all => all.Parts.Select(Demand).FirstOrDefault(demand => demand is not null),
        _ => null,
    };

    // The answer is always "not yet", so that every value is visited.
    private bool See(JsonElement value, Bits reached)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.True:
                Add(_whenTrue, reached);
                break;
            case JsonValueKind.False:
                Add(_whenFalse, reached);
                break;
            case JsonValueKind.String:
                SeeText(value, reached);
                goto case JsonValueKind.Number;
            case JsonValueKind.Number:
                if (_numbers.Count > 0 && JsonNumber.TryRead(value, out var number) && _numbers.TryGetValue(number, out var equal))
                    Add(equal, reached);
                break;
        }

        return false;
    }

    private void SeeText(JsonElement value, Bits reached)
    {
        if (_texts.Dictionary.Count == 0)
            return;
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        int[]? equal;
        if (raw.Length <= MaxSpan && !raw.Contains((byte)'\\'))
        {
            Span<char> text = stackalloc char[MaxSpan];
            _texts.TryGetValue(text[..Encoding.UTF8.GetChars(raw, text)], out equal);
        }
        else
        {
            _texts.TryGetValue(value.GetString(), out equal);
        }

        if (equal is not null)
            Add(equal, reached);
    }

    private static void Add(int[] leaves, Bits reached)
    {
        foreach (var leaf in leaves)
            reached[leaf] = true;
    }
}

/// <summary>Which leaves an event of one type can change.</summary>
/// <param name="All">All of them.</param>
/// <param name="Always">Those that every such event must be given to.</param>
/// <param name="Gates">The ways to the others.</param>
internal sealed record Watchers(int[] All, int[] Always, Gate[] Gates);
