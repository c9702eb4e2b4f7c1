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
                else if (Of(number, line) is { } one)
                    lines.Add(one);
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

    /// <summary>The first column of a line, with the quotes around it undone; null if its quote is not closed.</summary>
    public static string? FirstColumn(string line)
    {
        line = line.TrimStart();
        if (line.Length == 0 || line[0] != '"')
            return line[..(line.IndexOfAny([',', ';', '\t']) is >= 0 and var end ? end : line.Length)].Trim();
        var column = new StringBuilder();
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] != '"')
                column.Append(line[i]);
            else if (i + 1 < line.Length && line[i + 1] == '"')
                column.Append(line[i++]);
            else
                return column.ToString();
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

    private static ListLine? Of(int number, ReadOnlySequence<byte> bytes)
    {
        string text;
        try
        {
            text = Strict.GetString(bytes).TrimEnd('\r');
        }
        catch (DecoderFallbackException)
        {
            return new(number, null, ListRefusals.NotText);
        }

        if (number == 1)
            text = text.TrimStart('\uFEFF');
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return FirstColumn(text) is { } column ? new(number, column, "") : new(number, null, ListRefusals.OpenQuote);
    }
}
