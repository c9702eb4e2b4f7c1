using System.Text;
using System.Text.Json;

namespace EventSegmentation.Fuzzing;

/// <summary>Raw JSON, and what only looks like it, to stand in place of a value or a name.</summary>
internal sealed class HostileJson(Random random)
{
    private static readonly string[] Words = ["null", "true", "false", "{}", "[]", "[[]]", "[null]", "{\"\":{}}", "\"\"", "[{}]", "[1,\"1\",true,null]"];

    private static readonly string[] Numbers =
    [
        "0", "-0", "-0.0", "0e0", "1", "-1", "0.1", "1.5", "1e3", "1E+2", "1e-3", "28", "100", "101", "500", "501", "1000", "1001", "1e400", "-1e400", "1e-400", "1e401", "1e99999999", "1e-99999999", "1e2147483647", "1e2147483648", "1e-2147483649",
        "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "18446744073709551616", "79228162514264337593543950335", "79228162514264337593543950336", "-79228162514264337593543950336",
        "0.0000000000000000000000000001", "0.00000000000000000000000000001", "0.12345678901234567890123456789012345", "9007199254740993", "5e-324", "1.7976931348623157e308", "4.9406564584124654e-324",
        $"1{new string('0', 399)}", $"1{new string('0', 400)}", $"0.{new string('1', 398)}", $"0.{new string('1', 400)}", new string('9', 5_000),
    ];

    // No JSON at all: the body must be refused as a whole.
    private static readonly string[] None = ["NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "1e", "'x'", "undefined", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "\"\t\"", "", "//", "/**/1", "True", "\"", "-", "0x1", "1_000", "{1:2}", "{a:1}", "[1,]", "{\"a\":1,}"];

    private static readonly string[] Escapes =
    [
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud83d\\ude00\"", "\"\\ude00\\ud83d\"", "\"\\ud800x\"", "\"\\ud800\\ud800\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u0001\\b\\f\\n\\r\\t\\/\\\\\\\"\"", "\"\\uffff\"", "\"\\uFEFF\"", "\"\\ud800\\n\"",
    ];

    private static readonly int[] Depths = [2, 7, 8, 9, 10, 31, 32, 33, 62, 63, 64, 65, 66, 500, 1_000, 5_000, 25_000];

    private static readonly (string Open, string Close)[] Nests =
        [("[", "]"), ("{\"a\":", "}"), ("{\"not\":", "}"), ("{\"all\":[", "]}"), ("{\"any\":[", "]}"), ("{\"param\":\"a\",\"some\":", "}")];

    private readonly HostileText _texts = new(random);

    public HostileText Texts => _texts;

    /// <summary>A value; seldom something that is none.</summary>
    public string Value() => random.Next(40) switch
    {
        < 7 => Words[random.Next(Words.Length)],
        < 16 => Number(),
        < 19 => Escapes[random.Next(Escapes.Length)],
        < 21 => Nest("1"),
        < 22 => None[random.Next(None.Length)],
        _ => Quoted(_texts.Next()),
    };

    public string Number() => Numbers[random.Next(Numbers.Length)];

    /// <summary>A name of a member, with its quotes.</summary>
    public string Name() => random.Next(8) == 0 ? Escapes[random.Next(Escapes.Length)] : Quoted(_texts.Next());

    /// <summary>A value with many others around it.</summary>
    public string Nest(string value)
    {
        var (open, close) = Nests[random.Next(Nests.Length)];
        var depth = Depths[random.Next(Depths.Length)];
        return new StringBuilder().Insert(0, open, depth).Append(value).Insert(depth * open.Length + value.Length, close, depth).ToString();
    }

    /// <summary>A text as JSON: as it is, or with all that may be escaped escaped.</summary>
    public string Quoted(string text)
    {
        if (random.Next(6) > 0)
            return JsonSerializer.Serialize(text);
        var escaped = new StringBuilder("\"");
        foreach (var unit in text)
            escaped.Append("\\u").Append(((int)unit).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
        return escaped.Append('"').ToString();
    }
}
