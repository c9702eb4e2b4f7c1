namespace EventSegmentation.Sample.Show;

/// <summary>Plain lines of at most <see cref="Width"/> characters where the words allow it. Safe for concurrent use.</summary>
internal sealed class Terminal(TextWriter writer)
{
    public const int Width = 80;

    private readonly TextWriter _writer = TextWriter.Synchronized(writer);

    public void Line(string text = "") => _writer.WriteLine(text);

    /// <summary>An empty line and a heading.</summary>
    public void Heading(string text) => _writer.WriteLine($"{Environment.NewLine}{text}");

    /// <summary>A text that begins in the line after a lead, and goes on under its own beginning.</summary>
    public void Wrapped(string lead, string text)
    {
        var indent = new string(' ', lead.Length);
        foreach (var (line, place) in Wrap(text, Width - lead.Length).Select((line, place) => (line, place)))
            Line((place == 0 ? lead : indent) + line);
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
