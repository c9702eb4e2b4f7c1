using System.Globalization;
using System.Text;

namespace EventSegmentation.Fuzzing;

/// <summary>Texts at which programs stumble. All are Unicode; what is none is made where bytes are.</summary>
internal sealed class HostileText(Random random)
{
    private static readonly int[] Lengths = [1, 2, 49, 50, 63, 64, 99, 100, 199, 200, 254, 255, 299, 300, 399, 400, 499, 500, 999, 1_000, 1_999, 2_000, 4_000, 8_191, 20_480];

    private static readonly string[] Letters = ["a", "é", "漢", "😀", "\u0301", "\u202E", "\"", "\\", "\0", " ", "\n", "1"];

    private static readonly string[] Odd =
    [
        "", " ", "\t", "\n", "\0", "a\0b", "\u0001", "\u001f", "\u007f", "\u0085", "\u00a0", "\u200b", "\u2028", "\ufeff", "\ufffd", "\uffff", "\u202eabc", "I\u0130\u0131i",
        "ß", "SS", "\u1e9e", "ﬃ", "e\u0301", "é", "👩‍👩‍👧‍👦", "Ω≈ç√∫", "١٢٣", "１２３", "null", "undefined", "NaN", "true", "[object Object]", "None",
        "' or '1'='1", "'; drop table segmentation.segments; --", "$1", "$$", "$tag$x$tag$", "\\", "\\\\", "%", "_", "%s%n", "{0}", "${jndi:ldap://x}", "{{7*7}}", "`id`", "$(id)", "-- ", "/*", "E'\\x'",
        "../../etc/passwd", "..\\..\\windows", "/etc/passwd", "file:///etc/passwd", "C:\\", "%2e%2e%2f", "%00", "%2F", "%", "%zz", "a/b", "a~b", "~1", "~0", ".", "..", "a.b.c", "a..b", ".a", "a.", "$type", "__proto__", "constructor",
        "<script>alert(1)</script>", "]]>", "&amp;", "a:b", ":", "email:", ":x", "email:ada@example.com", "ContactId", "contactid:1", "ada@example.com", " ADA@example.com ", "+4915112345678", "*", "#", "entered.*",
        "0", "-0", "00", "1", "-1", "+1", "1.0", "1e3", "1e400", "-1e400", "0x10", "9223372036854775807", "9223372036854775808", "18446744073709551616", "2147483647", "2147483648", "79228162514264337593543950336",
    ];

    private static readonly string[] Patterns =
    [
        "(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?=x)", "(?<!x)y", "(?<n>x)\\k<n>", "(x)\\1", "[", "(", ")", "\\", "*", "a{1000}", "a{1,100000}", "(a{1,100}){1,100}", "((a{0,100}){0,100}){0,100}", "(a|b|c|d|e){300}",
        "\\p{L}+", "\\p{Nope}", "[\\uD800-\\uDFFF]", "\\uD800", "(?i)ß", "(?x) # note", "\\G\\b\\B", "^$", "$^", ".*.*.*.*x", "[^\\w\\W]", "(?>a+)b", "(?(1)a|b)", "\\Z\\z\\A", "(?#", "{,}", "a{2,1}", "(?<0>a)", "(?<-1>a)",
    ];

    private static readonly string[] Instants =
    [
        "0001-01-01", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-12-31T23:59:59.999999Z", "0002-01-01", "0000-01-01", "-0001-01-01", "9998-12-31T23:59:59.9999999Z", "9999-01-01", "9999-12-31", "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-14:00", "10000-01-01", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2016-12-31T23:59:60Z", "2024-02-29", "2023-02-29", "2026-02-30", "2026-13-01", "2026-00-00", "2026-01-01T24:00:00Z", "2026-01-01T25:00Z",
        "2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00-14:00", "2026-01-01T00:00:00+14:01", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00+23:59", "2026-01-01T00:00:00.123456789012345678901234567890Z", "2026-01-01T00:00:00,5Z",
        "2026-03-29T02:30:00", "2026-10-25T02:30:00", "2011-12-30", "1883-11-18", "1582-10-10", "2026-01-01 00:00", " 2026-01-01", "2026-01-01 ", "2026-W01-1", "2026-001", "20260101", "2026-1-1", "٢٠٢٦-٠١-٠١", "2026-01-01T00:00:00z", "2026-01-01T00:00:00+0000", "now", "infinity", "-infinity", "epoch",
    ];

    private static readonly string[] Zones =
    [
        "UTC", "Europe/Berlin", "europe/berlin", "Europe/Berlin ", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "Etc/GMT+14", "Etc/GMT-14", "Africa/Monrovia", "Antarctica/Troll", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Kiritimati",
        "../../etc/passwd", "/usr/share/zoneinfo/UTC", "posix/Europe/Berlin", "right/UTC", "localtime", "Local", "posixrules", "W. Europe Standard Time", "CET", "EST5EDT", "+02:00", "GMT-25", "Z", "", "\0", "Europe/Berlin\0", "Europe\\Berlin", "leapseconds", "tzdata.zi", "zone.tab",
    ];

    private static readonly string[] Units = ["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years", "day", "week", "month", "year", "fortnights", "dayz", "DAYS", "calendar days", ""];

    private static readonly string[] Counts =
        ["0", "1", "2", "7", "12", "29", "31", "36", "99", "100", "101", "365", "400", "401", "1000", "1001", "1200", "1201", "5218", "36525", "36526", "876600", "2147483647", "2147483648", "99999999999999999999", "-1", "1.5", "01", "1e3", "１", ""];

    private static readonly string[] Forms =
    [
        "today", "yesterday", "this U", "last U", "last N U", "last N U except last N U", "more than N U ago", "last N calendar days", "N to N U ago", "exactly N U ago", "more than N calendar days ago", "previous N complete U", "before D", "since D", "after D",
        "D to D", "next N U", "in N to N U", "in exactly N U", "all time", "N U", "last  N  U", "LAST N U", "last N U ago", "N", "to", "last N U except", "today yesterday",
    ];

    /// <summary>Any of all kinds.</summary>
    public string Next() => random.Next(8) switch
    {
        0 => One(Patterns),
        1 => One(Instants),
        2 => One(Zones),
        3 or 4 => Period(),
        5 => Long(),
        _ => One(Odd),
    };

    public string Zone() => One(Zones);

    public string Instant() => One(Instants);

    /// <summary>A text about as long as some limit.</summary>
    public string Long()
    {
        var letter = One(Letters);
        return new StringBuilder().Insert(0, letter, Math.Max(0, Lengths[random.Next(Lengths.Length)] + random.Next(-1, 2))).ToString();
    }

    public string Period()
    {
        var text = new StringBuilder(One(Forms));
        for (var i = 0; i < text.Length; i++)
        {
            var put = text[i] switch { 'N' => One(Counts), 'U' => One(Units), 'D' => One(Instants), _ => null };
            if (put is null)
                continue;
            text.Remove(i, 1).Insert(i, put);
            i += put.Length - 1;
        }

        return text.ToString();
    }

    /// <summary>The text with something changed in it.</summary>
    public string Bent(string text)
    {
        var at = random.Next(text.Length + 1);
        return random.Next(8) switch
        {
            0 => text.Insert(at, One(Odd)),
            1 => text[..at],
            2 => text[at..],
            3 => text + text,
            4 => text.ToUpper(CultureInfo.InvariantCulture),
            5 => $" {text}\t",
            6 when text.Split(' ') is { Length: > 1 } words => string.Join(' ', words.Select(word => random.Next(words.Length) == 0 ? random.Next(2) == 0 ? One(Counts) : One(Units) : word)),
            _ => text.Replace('-', '\u2010'),
        };
    }

    private string One(string[] from) => from[random.Next(from.Length)];
}
