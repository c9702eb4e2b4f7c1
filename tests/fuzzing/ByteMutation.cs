using System.IO.Compression;
using System.Text;

namespace EventSegmentation.Fuzzing;

/// <summary>Changes bytes where no structure is seen: cut, turned, in another encoding, with something before, after or in the middle.</summary>
internal static class ByteMutation
{
    private static readonly byte[][] NoText =
        [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80], [0xFE, 0xFF], [0x00], [0x1B], [0xF0, 0x9F, 0x98], [0xEF, 0xBF, 0xBF]];

    public static byte[] Apply(Random random, byte[] bytes)
    {
        var at = random.Next(bytes.Length + 1);
        switch (random.Next(13))
        {
            case 0:
                return bytes[..at];
            case 1:
                return bytes[at..];
            case 2:
                return Inserted(bytes, at, NoText[random.Next(NoText.Length)]);
            case 3 when bytes.Length > 0:
                var turned = (byte[])bytes.Clone();
                turned[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return turned;
            case 4:
                return Inserted(bytes, 0, [0xEF, 0xBB, 0xBF]);
            case 5:
                return [.. random.Next(2) == 0 ? Encoding.Unicode.Preamble : [], .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes))];
            case 6:
                return [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes(Encoding.UTF8.GetString(bytes))];
            case 7:
                return [.. bytes, .. bytes];
            case 8:
                return [.. bytes, .. random.Next(3) switch { 0 => "}"u8, 1 => " \n\t "u8, _ => "\0"u8 }];
            case 9:
                return Inserted(bytes, random.Next(3) == 0 ? 0 : at, Encoding.ASCII.GetBytes(new string(' ', random.Next(3) == 0 ? 70_000 : 3)));
            case 10:
                return Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(bytes));
            case 11:
                return Zipped(bytes);
            default:
                return Inserted(bytes, at, "/* */"u8.ToArray());
        }
    }

    public static byte[] Zipped(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return zipped.ToArray();
    }

    private static byte[] Inserted(byte[] bytes, int at, byte[] what) => [.. bytes[..at], .. what, .. bytes[at..]];
}
