using System.Globalization;
using System.Text;
using EventSegmentation.Fuzzing;
using EventSegmentation.IntegrationTests.EndToEnd;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Requests to every call of segmentation, with addresses, parameters, headers and bodies that nobody means to send.</summary>
internal static class SegmentationRequests
{
    private static readonly string[] Keys = ["k1", "k2", "k3", "k4", "k5", "k6", "g1", "OrderPaid", "AppLogin", "plan", "trialEnds", "f1"];
    private static readonly string[] RawPaths = ["%00", "%ff", "%ed%a0%80", "%2F", "%2e%2e", "..", ".", "a%2Fb", "%", "%zz", "%25", "+", "*", ";x=1", "a;b", "%c0%af", "%e2%80%ae", "%F0%9F%98%80"];
    private static readonly string[] IfMatches = ["\"1\"", "\"2\"", "*", "W/\"1\"", "\"1\",\"2\"", "1", "\"", "", "\"9223372036854775808\"", "\"\u0001\""];
    private static readonly string[] Types = ["application/json; charset=utf-8", "application/json; charset=utf-16", "text/plain", "", "text/csv", "application/merge-patch+json", "multipart/form-data", "application/json;;", "/"];

    private static readonly JsonTree[] Parts =
    [
        .. CallSample.All.Where(call => !call.IsUpload).SelectMany(call => call.Bodies).Select(JsonTree.Of),
        .. Samples.Conditions.Select(JsonTree.Of),
        .. Samples.Conditions.Select(condition => JsonTree.Of($$"""{"condition":{{condition}},"name":"x"}""")),
    ];

    public static FuzzRequest Make(Random random, int number)
    {
        var sample = CallSample.All[number % CallSample.All.Count];
        var mutation = new JsonMutation(random, Parts);
        var texts = mutation.Hostile.Texts;
        var target = new StringBuilder();
        foreach (var part in sample.Route.Split('/').Skip(1))
            target.Append('/').Append(part.StartsWith('{') ? Segment(part) : random.Next(200) == 0 ? Escaped(texts.Bent(part)) : part);

        var query = sample.Query.Where(_ => random.Next(3) == 0).Select(parameter => random.Next(2) == 0 ? parameter : $"{parameter.Split('=')[0]}={Value()}").ToList();
        if (random.Next(10) == 0)
            query.Add($"{Escaped(texts.Next())}={Value()}");
        if (query.Count > 0 && random.Next(10) == 0)
            query.Add(query[0]);
        if (query.Count > 0)
            target.Append('?').AppendJoin('&', query);

        var headers = new List<(string, string)>();
        var body = Body(sample, mutation, random);
        if (sample.Bodies.Count > 0 || random.Next(10) == 0)
            headers.Add(("Content-Type", random.Next(30) == 0 ? Types[random.Next(Types.Length)] : sample.IsUpload ? "text/csv" : "application/json"));
        if (random.Next(10) == 0)
            headers.Add(("If-Match", IfMatches[random.Next(IfMatches.Length)]));
        if (random.Next(60) == 0)
            headers.Add(("Content-Encoding", "gzip"));
        return new FuzzRequest(random.Next(100) == 0 ? "POST" : sample.Method, target.ToString(), TestSystem.AdminKey, body)
        {
            Headers = headers,
            Framing = random.Next(12) switch { 0 => Framing.Chunks, 1 when random.Next(6) == 0 && body.Length > 1 => (Framing)random.Next(2, 5), _ => Framing.Length },
        };

        string Segment(string route) => random.Next(8) switch
        {
            // The description is no call, and the framework says in its own words that there is no other.
            _ when route == "{documentName}.json" => "v1.json",
            0 => RawPaths[random.Next(RawPaths.Length)],
            1 => Escaped(texts.Next()),
            _ => route switch
            {
                "{id:long}" => random.Next(8).ToString(CultureInfo.InvariantCulture),
                "{id}" or "{contactId}" => random.Next(1, 120).ToString(CultureInfo.InvariantCulture),
                "{eventId}" => $"e{random.Next(50)}",
                _ => Keys[random.Next(Keys.Length)],
            },
        };

        string Value() => random.Next(6) switch
        {
            0 => RawPaths[random.Next(RawPaths.Length)],
            1 => Escaped(mutation.Hostile.Number()),
            2 or 3 => Escaped(texts.Instant()),
            4 => Convert.ToBase64String(Encoding.UTF8.GetBytes(random.Next(2) == 0 ? texts.Next() : mutation.Hostile.Number())).Replace('+', '-').Replace('/', '_').TrimEnd('='),
            _ => Escaped(texts.Next()),
        };
    }

    private static byte[] Body(CallSample sample, JsonMutation mutation, Random random)
    {
        if (sample.Bodies.Count == 0)
            return random.Next(20) == 0 ? "{"u8.ToArray() : [];
        var text = sample.Bodies[random.Next(sample.Bodies.Count)];
        if (sample.IsUpload)
        {
            var lines = text.Split('\n').Select(line => random.Next(3) == 0 ? random.Next(2) == 0 ? mutation.Hostile.Texts.Next() : mutation.Hostile.Texts.Bent(line) : line);
            return Turned(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        }

        var document = JsonTree.Of(text.Replace("\"k1\"", $"\"{Keys[random.Next(6)]}\"", StringComparison.Ordinal));
        if (random.Next(3) == 0 && document is JsonTree.Members members && members.Items.FindIndex(member => member.Name == "\"condition\"") is >= 0 and var at)
            members.Items[at] = (members.Items[at].Name, JsonTree.Of(Samples.Conditions[random.Next(Samples.Conditions.Length)]));
        return Turned(Encoding.UTF8.GetBytes(mutation.Apply(document, random.Next(4) == 0 ? 0 : random.Next(1, 4)).ToString()));

        byte[] Turned(byte[] bytes) => random.Next(16) == 0 ? ByteMutation.Apply(random, bytes) : bytes;
    }

    private static string Escaped(string text) => Uri.EscapeDataString(text);
}
