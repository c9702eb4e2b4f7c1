namespace EventSegmentation.Evaluation.Calendar;

/// <summary>A length of time that does not depend on the calendar: seconds to weeks. It includes its end.</summary>
public sealed class Length
{
    internal Length(string text, long micros)
    {
        Text = text;
        Micros = micros;
    }

    /// <summary>As people write it, <c>7 days</c>.</summary>
    public string Text { get; }

    /// <summary>The length in microseconds.</summary>
    internal long Micros { get; }

    /// <inheritdoc />
    public override string ToString() => Text;

    /// <summary>The length, or null and what is wrong with the text and where.</summary>
    internal static Length? Parse(string text, out string? error)
    {
        var words = new Words(text);
        try
        {
            var count = words.Number();
            var unit = words.Unit(count, to: "week");
            words.End();
            error = null;
            return new Length(unit.Times(count), unit.Length * count);
        }
        catch (WordException wrong)
        {
            error = wrong.Message;
            return null;
        }
    }
}
