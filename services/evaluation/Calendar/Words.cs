using System.Globalization;

namespace EventSegmentation.Evaluation.Calendar;

/// <summary>A text that is not what the language has: says where, what was found and what was expected.</summary>
internal sealed class WordException(string message) : Exception(message);

/// <summary>Reads a short text word by word. The first word that does not fit ends it with a <see cref="WordException"/>.</summary>
internal sealed class Words(string text)
{
    private readonly string[] _words = text.Split(' ');
    private int _next;

    /// <summary>The next word; empty at the end.</summary>
    public string Peek => _next < _words.Length ? _words[_next] : "";

    /// <summary>Whether the word after the next one is this.</summary>
    public bool IsFollowedBy(string word) => _next + 1 < _words.Length && _words[_next + 1] == word;

    /// <summary>Takes the next word if it is this one.</summary>
    public bool Take(string word)
    {
        if (Peek != word)
            return false;
        _next++;
        return true;
    }

    /// <summary>Takes the next word, which must be this one.</summary>
    public void Expect(string word)
    {
        if (!Take(word))
            throw Wrong($"'{word}'", [word]);
    }

    /// <summary>Takes the next word, which must be one of these.</summary>
    public string Next(string expected, string[] known) =>
        Array.IndexOf(known, Peek) >= 0 ? _words[_next++] : throw Wrong(expected, known);

    /// <summary>Takes a whole number from 1.</summary>
    public int Number()
    {
        if (!int.TryParse(Peek, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw Wrong("a whole number", []);
        if (number < 1)
            throw new WordException($"{Place()}: found '{Peek}', expected a whole number from 1" + (IsFollowedBy("days") ? "; for this day write 'today'" : ""));
        _next++;
        return number;
    }

    /// <summary>Takes a unit of this length or longer, of which so many stay within <see cref="Limits.Years"/>.</summary>
    public TimeUnit Unit(int count = 1, string from = "second", string to = "year")
    {
        var units = TimeUnit.All[Array.FindIndex(TimeUnit.All, u => u.Name == from)..(Array.FindIndex(TimeUnit.All, u => u.Name == to) + 1)];
        if (TimeUnit.Find(Peek) is not { } unit || Array.IndexOf(units, unit) < 0)
            throw Wrong($"a unit from {from}s to {to}s", units.Select(u => u.Named(count)));
        if (unit.About(count) > TimeUnit.All[^1].About(Limits.Years))
            throw new WordException($"{Place()}: found '{unit.Times(count)}', expected at most {Limits.Years} years");
        _next++;
        return unit;
    }

    /// <summary>Takes a unit of the calendar in the singular, a week or longer.</summary>
    public TimeUnit Current()
    {
        if (Array.Find(TimeUnit.All, unit => unit.Name == Peek && unit.IsCalendar && unit.Name != "day") is not { } unit)
            throw Wrong("week, month, quarter or year", ["week", "month", "quarter", "year"]);
        _next++;
        return unit;
    }

    /// <summary>Takes a date or an instant.</summary>
    public DateText Date(Zone zone, out string written)
    {
        written = Peek;
        if (!DateText.TryParse(written, zone, out var date))
            throw Wrong("a date such as 2026-01-31, or an instant such as 2026-01-31T12:00:00Z", []);
        _next++;
        return date;
    }

    /// <summary>Nothing may be left.</summary>
    public void End()
    {
        if (_next < _words.Length)
            throw Wrong("nothing more", []);
    }

    /// <summary>The words are right one by one, but not together.</summary>
    public WordException Refuse(string detail) => new($"in '{text}': {detail}");

    /// <summary>The next word is not what it should be.</summary>
    public WordException Wrong(string expected, IEnumerable<string> known) =>
        new($"{Place()}: found {(_next < _words.Length ? $"'{Peek}'" : "the end")}, expected {expected}{Nearest.Hint(Peek, known)}");

    private string Place() =>
        $"in '{text}' at character {Math.Min(text.Length, _words.Take(_next).Sum(word => word.Length + 1)) + 1}";
}
