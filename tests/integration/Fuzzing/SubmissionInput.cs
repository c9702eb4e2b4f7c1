using System.Globalization;
using System.Text;
using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>A message to ingestion: properties of any bytes, and a body in one of the forms that are taken, or in none.</summary>
/// <param name="Events">The body, and the events in it.</param>
/// <param name="Properties">The flags of the header frame and what follows them.</param>
/// <param name="MessageId">The id by which it is known again among the refused ones; null if it has another or none.</param>
/// <param name="IsRead">True if its type says that it is to be read.</param>
/// <param name="IsDecodable">False if it has a header that the client of .NET cannot decode: only with a <paramref name="MessageId"/>.</param>
internal sealed record SubmissionInput(EventInput Events, byte[] Properties, string? MessageId, bool IsRead, bool IsDecodable)
{
    private const string Json = "application/json";
    private const string MassTransit = "application/vnd.masstransit+json";

    // Each keeps the broker busy for seconds before it takes it, so that some at one time hold up all others.
    private const int MostDepth = 20_000;
    private const int OneOfNestedMost = 100;

    // The smallest scale of a decimal that .NET does not have.
    private const int TooManyPlaces = 29;

    // Each takes ingestion as many connections as a submission may come back, and all that waits behind it waits.
    private const int OneOfHeadersUndecodable = 1_000;

    // Others the broker refuses, which is its own business; each costs a connection.
    private const int OneOfModesUnknown = 25;
    private const int Persistent = 2;

    private static readonly string[] Types =
        ["", "text/plain", "application/json; charset=utf-8", "application/json;charset=latin1", "APPLICATION/JSON", "application", ";", "application/json; a=\"", "application/vnd.masstransit+bson", "json", "\0", "application/json\r\nx: y", "é/é", "application/json; charset=\"utf-8\""];

    private static readonly string[] Names = ["traceparent", "tracestate", "MT-Activity-Id", "problem"];

    private static readonly string[] Traces = ["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-zz", "ff-00000000000000000000000000000000-0000000000000000-00", "\ud83d\ude00"];

    public static SubmissionInput Make(Random random, int number)
    {
        var isEnvelope = random.Next(3) == 0;
        var envelope = new JsonMutation(random, [JsonTree.Of("""{"message":1}""")]);
        var isWrappedAsMeant = random.Next(6) > 0;
        var events = EventInput.Make(random, number, isSingle: random.Next(2) == 0, isEnvelope ? Wrapped : null);
        if (isEnvelope && !isWrappedAsMeant)
            events = events with { Marks = null };

        var known = string.Create(CultureInfo.InvariantCulture, $"m{EventMark.Of(number, 0)}");
        var isKnown = random.Next(6) > 0;
        var hasType = random.Next(14) > 0;
        var type = hasType ? Encoding.ASCII.GetBytes(isEnvelope ? MassTransit : Json) : random.Next(2) == 0 ? Bytes(random) : Encoding.UTF8.GetBytes(Types[random.Next(Types.Length)]);
        var encoding = random.Next(16) == 0 ? random.Next(3) switch { 0 => "utf-8"u8.ToArray(), 1 => "gzip"u8.ToArray(), _ => Bytes(random) } : null;
        var hasId = isKnown || random.Next(2) == 0;
        var hasHeaders = random.Next(6) == 0;
        var isDecodable = !hasHeaders || !isKnown || random.Next(OneOfHeadersUndecodable) > 0;

        // What the broker notes of the deaths of a message it cannot set aside when it is nonsense: then it keeps it where it was.
        var headers = hasHeaders ? Headers(random, isDecodable ? ["x-death", .. Names] : Names) : null;
        if (!isDecodable)
            headers = new AmqpBytes().Raw(headers!).ShortText("x").Byte('D').Byte(random.Next(TooManyPlaces, 256)).Long(random.NextInt64()).ToArray();
        var flags = 0x8000 | (encoding is null ? 0 : 0x4000) | (headers is null ? 0 : 0x2000) | 0x1000 | 0x0800 | (hasId ? 0x80 : 0);
        var isOdd = random.Next(10) == 0;
        flags |= isOdd ? 0x0400 | 0x0200 | 0x40 | 0x20 | 0x08 : 0;

        var properties = new AmqpBytes().Short(flags).ShortText(type);
        if (encoding is not null)
            properties.ShortText(encoding);
        if (headers is not null)
            properties.LongBytes(headers);
        properties.Byte(random.Next(OneOfModesUnknown) > 0 ? Persistent : random.Next(256)).Byte(random.Next(256));
        if (isOdd)
            properties.ShortText(Bytes(random)).ShortText(Bytes(random));
        if (hasId)
            properties.ShortText(isKnown ? Encoding.ASCII.GetBytes(known) : Bytes(random));
        if (isOdd)
            properties.LongLong(random.Next(2) == 0 ? long.MinValue : random.NextInt64()).ShortText(Bytes(random)).ShortText(Bytes(random));
        return new(events, properties.ToArray(), isKnown ? known : null, hasType && encoding is null, isDecodable);

        JsonTree Wrapped(JsonTree message)
        {
            JsonTree around = new JsonTree.Members([("\"messageId\"", new JsonTree.Leaf("\"0\"")), ("\"messageType\"", new JsonTree.List([])), ("\"message\"", message)]);
            return isWrappedAsMeant ? around : envelope.Apply(around, 1);
        }
    }

    // Text or none, up to the longest that a short string may be.
    private static byte[] Bytes(Random random)
    {
        var bytes = random.Next(3) switch
        {
            0 => Enumerable.Repeat((byte)0xFF, random.Next(256)).ToArray(),
            1 => Encoding.UTF8.GetBytes(new HostileText(random).Next()),
            _ => Enumerable.Range(0, random.Next(256)).Select(_ => (byte)random.Next(256)).ToArray(),
        };
        return bytes[..Math.Min(bytes.Length, byte.MaxValue)];
    }

    private static byte[] Headers(Random random, string[] names)
    {
        var table = new AmqpBytes();
        foreach (var name in names)
            if (random.Next(2) == 0)
                Field(table.ShortText(name), random);
        if (random.Next(3) == 0)
            Field(table.ShortText(Bytes(random)), random);
        return table.ToArray();
    }

    private static void Field(AmqpBytes to, Random random)
    {
        switch (random.Next(14))
        {
            case 0 or 1 or 2:
                to.Byte('S').LongBytes(Encoding.UTF8.GetBytes(Traces[random.Next(Traces.Length)]));
                break;
            case 3:
                to.Byte('S').LongBytes(Bytes(random));
                break;
            case 4:
                to.Byte('t').Byte(random.Next(256));
                break;
            case 5:
                to.Byte('I').Long(random.NextInt64());
                break;
            case 6:
                to.Byte('l').LongLong(random.NextInt64());
                break;
            case 7:
                to.Byte('D').Byte(random.Next(TooManyPlaces)).Long(random.NextInt64());
                break;
            case 8:
                to.Byte('T').LongLong(random.Next(2) == 0 ? long.MaxValue : random.NextInt64());
                break;
            case 9:
                to.Byte('V');
                break;
            case 10:
                to.Byte('d').LongLong(random.NextInt64());
                break;
            case 11:
                to.Byte('x').LongBytes(Bytes(random));
                break;
            case 12:
                to.Byte(random.Next(2) == 0 ? 'u' : 's').Short(random.Next(65_536));
                break;
            default:
                to.Byte('A').LongBytes(Nested(random.Next(OneOfNestedMost) == 0 ? MostDepth : random.Next(1, 60)));
                break;
        }
    }

    // Arrays in arrays: five bytes a level.
    private static byte[] Nested(int depth)
    {
        var nested = new AmqpBytes();
        for (var level = depth; level > 0; level--)
            nested.Byte('A').Long((level - 1) * 5);
        return nested.ToArray();
    }

    public override string ToString() => $"""
        properties as base64 {Convert.ToBase64String(Properties)}
        body {Encoding.UTF8.GetString(Events.Body)}
        as base64 {Convert.ToBase64String(Events.Body)}
        """;
}
