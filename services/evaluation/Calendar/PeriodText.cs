namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// Reads the text form of periods. The first words decide which form is meant; from there each word is
/// either the expected one or the place of the error.
/// </summary>
internal sealed class PeriodText
{
    private static readonly string[] Openings =
        ["today", "yesterday", "this", "last", "previous", "more", "exactly", "before", "since", "after", "next", "in", "all"];

    private readonly Words _words;
    private readonly Zone _zone;
    private readonly bool _ahead;

    private PeriodText(string text, Zone zone, bool ahead)
    {
        _words = new Words(text);
        _zone = zone;
        _ahead = ahead;
    }

    /// <summary>The period, or null and what is wrong with the text and where.</summary>
    /// <param name="text">One of the forms of the language.</param>
    /// <param name="zone">Where its days lie.</param>
    /// <param name="ahead">Whether periods ahead of now make sense here: for dates, not for events.</param>
    /// <param name="error">What was found, where, and what was expected.</param>
    public static Period? Parse(string text, Zone zone, bool ahead, out string? error)
    {
        var reader = new PeriodText(text, zone, ahead);
        try
        {
            var period = reader.Read();
            reader._words.End();
            error = null;
            return period;
        }
        catch (WordException wrong)
        {
            error = wrong.Message;
            return null;
        }
    }

    private Period Read()
    {
        if (char.IsAsciiDigit(_words.Peek.FirstOrDefault()))
            return _words.Peek.Contains('-', StringComparison.Ordinal) ? FromTo() : DaysAgo();
        if (_words.Peek is "next" or "in" && !_ahead)
            throw _words.Wrong("a period up to now: events ahead do not exist yet", []);
        return _words.Next("a period such as 'today' or 'last 30 days'", Openings) switch
        {
            "today" => Calendar("today", CalendarUnit.Day, 0, 0),
            "yesterday" => Calendar("yesterday", CalendarUnit.Day, -1, -1),
            "this" => This(),
            "last" => char.IsAsciiDigit(_words.Peek.FirstOrDefault()) ? Last() : LastComplete(),
            "previous" => Previous(),
            "more" => MoreThan(),
            "exactly" => ExactlyAgo(),
            "before" => Before(),
            "since" => Since(),
            "after" => After(),
            "next" => NextRolling(),
            "in" => InDays(),
            _ => AllTime(),
        };
    }

    private CalendarPeriod Calendar(string text, CalendarUnit unit, long first, long last) =>
        new(text, _zone, unit, new Shift(first), new Shift(last));

    private CalendarPeriod This()
    {
        var unit = _words.Current();
        return Calendar($"this {unit.Name}", unit.Calendar, 0, 0);
    }

    private CalendarPeriod LastComplete()
    {
        var unit = _words.Current();
        return Calendar($"last {unit.Name}", unit.Calendar, -1, -1);
    }

    private CalendarPeriod Previous()
    {
        var count = _words.Number();
        _words.Expect("complete");
        var unit = _words.Unit(count, from: "day");
        return Calendar($"previous {count} complete {unit.Named(count)}", unit.Calendar, -count, -1);
    }

    private Period Last()
    {
        var count = _words.Number();
        if (_words.Take("calendar"))
        {
            _words.Unit(count, from: "day", to: "day");
            return Calendar($"last {count} calendar {(count == 1 ? "day" : "days")}", CalendarUnit.Day, 1 - count, 0);
        }

        var unit = _words.Unit(count);
        var far = unit.Behind(count, _zone);
        if (!_words.Take("except"))
            return new RollingPeriod($"last {unit.Times(count)}", far, new RollingBound.Fixed(0));

        _words.Expect("last");
        var lesser = _words.Number();
        var nearUnit = _words.Unit(lesser);
        if (nearUnit.About(lesser) >= unit.About(count))
            throw _words.Refuse($"found '{nearUnit.Times(lesser)}' after 'except', expected less than the {unit.Times(count)} before it");
        return new RollingPeriod($"last {unit.Times(count)} except last {nearUnit.Times(lesser)}", far, nearUnit.Behind(lesser, _zone));
    }

    private Period MoreThan()
    {
        _words.Expect("than");
        var count = _words.Number();
        if (_words.Take("calendar"))
        {
            var unit = _words.Unit(count, from: "day", to: "day");
            _words.Expect("ago");
            return new CalendarPeriod($"more than {count} calendar {unit.Named(count)} ago", _zone, CalendarUnit.Day, null, new Shift(-count - 1));
        }

        var length = _words.Unit(count);
        _words.Expect("ago");
        return new RollingPeriod($"more than {length.Times(count)} ago", null, length.Behind(count, _zone));
    }

    private CalendarPeriod DaysAgo()
    {
        var near = _words.Number();
        _words.Expect("to");
        var far = _words.Number();
        var unit = _words.Unit(far, from: "day");
        _words.Expect("ago");
        if (far < near)
            throw _words.Refuse($"found '{near} to {far}', expected the nearer number first: '{far} to {near} {unit.Name}s ago'");
        return Days($"{near} to {unit.Times(far)} ago", unit, -far, -near);
    }

    private CalendarPeriod ExactlyAgo()
    {
        var count = _words.Number();
        var unit = _words.Unit(count, from: "day");
        _words.Expect("ago");
        return Days($"exactly {unit.Times(count)} ago", unit, -count, -count);
    }

    private CalendarPeriod InDays()
    {
        if (_words.Take("exactly"))
        {
            var count = _words.Number();
            var exact = _words.Unit(count, from: "day");
            return Days($"in exactly {exact.Times(count)}", exact, count, count);
        }

        var near = _words.Number();
        _words.Expect("to");
        var far = _words.Number();
        var unit = _words.Unit(far, from: "day");
        if (far < near)
            throw _words.Refuse($"found '{near} to {far}', expected the nearer number first: 'in {far} to {near} {unit.Name}s'");
        return Days($"in {near} to {unit.Times(far)}", unit, near, far);
    }

    private CalendarPeriod Days(string text, TimeUnit unit, int first, int last) =>
        new(text, _zone, CalendarUnit.Day, unit.Away(first), unit.Away(last));

    private RollingPeriod NextRolling()
    {
        var count = _words.Number();
        var unit = _words.Unit(count);
        return new RollingPeriod($"next {unit.Times(count)}", new RollingBound.Fixed(0), unit.Behind(-count, _zone));
    }

    private StillPeriod Before()
    {
        var date = _words.Date(_zone, out var written);
        return new StillPeriod($"before {written}", long.MinValue, date.Start);
    }

    private StillPeriod Since()
    {
        var date = _words.Date(_zone, out var written);
        return new StillPeriod($"since {written}", date.Start, Micros.Never);
    }

    private StillPeriod After()
    {
        var date = _words.Date(_zone, out var written);
        return new StillPeriod($"after {written}", date.IsDay ? date.End : date.End + 1, Micros.Never);
    }

    private StillPeriod FromTo()
    {
        var from = _words.Date(_zone, out var first);
        _words.Expect("to");
        var to = _words.Date(_zone, out var last);
        if (to.End < from.Start || (to.End == from.Start && !to.IsDay))
            throw _words.Refuse($"found '{first} to {last}', expected the earlier first, and the later after it");
        return new StillPeriod($"{first} to {last}", from.Start, to.End);
    }

    private StillPeriod AllTime()
    {
        _words.Expect("time");
        return StillPeriod.AllTime;
    }
}
