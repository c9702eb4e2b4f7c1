using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>A line of an upload.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">Its first column; null if it cannot be read.</param>
/// <param name="Reason">Why it cannot be read.</param>
internal readonly record struct ListLine(int Number, string? Text, string Reason);

/// <summary>Reads the lines of an upload as they come, however large it is.</summary>
internal static class ListLines
{
    /// <summary>The most bytes of a line.</summary>
    public const int MaxLineBytes = 4_000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All lines but empty ones. A line may end with a carriage return too; a byte order mark at the beginning is left out.</summary>
    public static async IAsyncEnumerable<ListLine> ReadAsync(PipeReader body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (number, isTooLong) = (0, false);
        char? separator = null;
        var isFirst = true;
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var lines = new List<ListLine>();
            while (TryTakeLine(ref buffer, read.IsCompleted, out var line))
            {
                number++;
                if (isTooLong || line.Length > MaxLineBytes)
                    lines.Add(new(number, null, ListRefusals.TooLong));
                else if (Text(number, line) is not { } text)
                    lines.Add(new(number, null, ListRefusals.NotText));
                else if (!string.IsNullOrWhiteSpace(text))
                {
                    separator = isFirst ? SeparatorOf(text) : separator;
                    isFirst = false;
                    lines.Add(FirstColumn(text, separator) is { } column ? new(number, column, "") : new(number, null, ListRefusals.OpenQuote));
                }

                isTooLong = false;
            }

            // What is longer than a line may be is let go as it comes.
            if (buffer.Length > MaxLineBytes)
                (isTooLong, buffer) = (true, buffer.Slice(buffer.End));
            else if (read.IsCompleted && isTooLong)
                lines.Add(new(number + 1, null, ListRefusals.TooLong));
            body.AdvanceTo(buffer.Start, buffer.End);
            foreach (var line in lines)
                yield return line;
            if (read.IsCompleted)
                yield break;
        }
    }

    /// <summary>What separates the columns of all lines: the first comma, semicolon or tab outside quotes of the first line; null if it has one column.</summary>
    public static char? SeparatorOf(string line)
    {
        var isQuoted = false;
        foreach (var character in line)
        {
            if (character == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && character is (',' or ';' or '\t'))
                return character;
        }

        return null;
    }

    /// <summary>
    /// The first column of a line, without the blanks around it and with its quotes undone, within which blanks stay; null if a
    /// quote is not closed, or something else than the separator follows it.
    /// </summary>
    /// <param name="separator">Null if the line is one column.</param>
    public static string? FirstColumn(string line, char? separator)
    {
        line = line.TrimStart(' ');
        if (line.Length == 0 || line[0] != '"')
            return (separator is { } end && line.IndexOf(end, StringComparison.Ordinal) is >= 0 and var at ? line[..at] : line).Trim(' ');
        var column = new StringBuilder();
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] != '"')
                column.Append(line[i]);
            else if (i + 1 < line.Length && line[i + 1] == '"')
                column.Append(line[i++]);
            else
                return line[(i + 1)..].TrimStart(' ') is "" || line[(i + 1)..].TrimStart(' ')[0] == separator ? column.ToString() : null;
        }

        return null;
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        line = buffer;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        if (!isLast || buffer.IsEmpty)
            return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    // Null for what is no UTF-8.
    private static string? Text(int number, ReadOnlySequence<byte> bytes)
    {
        try
        {
            var text = Strict.GetString(bytes).TrimEnd('\r');
            return number == 1 ? text.TrimStart('\uFEFF') : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
