using System.Globalization;
using System.Text;
using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>A body with events, or what stands in place of one.</summary>
/// <param name="Body">The bytes.</param>
/// <param name="Marks">The ids of the events by place, null where one has an id that is not known; null if it is not known which events the body has.</param>
internal sealed record EventInput(byte[] Body, IReadOnlyList<string?>? Marks)
{
    private static readonly JsonTree[] Parts =
        [.. Samples.Events.Select(JsonTree.Of), JsonTree.Of($$"""{"events":[{{Samples.Events[0]}},{{Samples.Events[1]}}]}"""), JsonTree.Of("""{"message":{"events":[]},"messageType":["urn:message:EventSegmentation.Contracts:SubmitEvents"]}""")];

    private static readonly int[] Sizes = [1, 1, 2, 2, 3, 4, 5, 6];
    private static readonly int[] LargeSizes = [0, 50, 499, 500, 501];

    /// <param name="wrap">What is done with the document after its changes, such as putting an envelope around it.</param>
    public static EventInput Make(Random random, int number, bool isSingle, Func<JsonTree, JsonTree>? wrap = null)
    {
        var mutation = new JsonMutation(random, Parts);
        var events = Enumerable.Range(0, random.Next(60) == 0 ? LargeSizes[random.Next(LargeSizes.Length)] : Sizes[random.Next(Sizes.Length)]).Select(_ => Event(random));
        var document = isSingle ? Event(random) : new JsonTree.Members([("\"events\"", new JsonTree.List(events))]);
        var changed = mutation.Apply(document, random.Next(5) == 0 ? 0 : random.Next(1, 4));
        var marks = EventMark.Put(changed, number, isSingle, random);
        if (wrap is not null)
            changed = wrap(changed);
        var body = Encoding.UTF8.GetBytes(changed.ToString());
        return random.Next(12) == 0 ? new(ByteMutation.Apply(random, body), null) : new(body, marks);
    }

    // Of many people, so that none is in everything.
    private static JsonTree Event(Random random)
    {
        var who = random.Next(1_000).ToString(CultureInfo.InvariantCulture);
        return JsonTree.Of(Samples.Events[random.Next(Samples.Events.Length)]
            .Replace("ada@", $"ada{who}@", StringComparison.Ordinal).Replace("\"k1\"", $"\"k{who}\"", StringComparison.Ordinal)
            .Replace("\"17\"", $"\"a{who}\"", StringComparison.Ordinal).Replace("\"x-1\"", $"\"x-{who}\"", StringComparison.Ordinal)
            .Replace("\"+49151\"", $"\"+49{who}\"", StringComparison.Ordinal).Replace("\"t\"", $"\"t{who}\"", StringComparison.Ordinal));
    }
}
