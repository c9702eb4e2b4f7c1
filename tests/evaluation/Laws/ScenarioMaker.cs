using System.Globalization;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>
/// Makes cases out of a seed. Values come from small sets and times from the neighbourhood of turns, so that
/// boundaries are met again and again instead of once in a million.
/// </summary>
internal sealed class ScenarioMaker(int seed)
{
    private static readonly string[] Types = ["A", "A", "A", "B", "B", "C"];

    private static readonly string[] Payloads =
    [
        "{}", """{"n":1}""", """{"n":2.5,"k":"x"}""", """{"n":"3","k":"y"}""", """{"n":-4,"k":"X"}""", """{"n":null,"k":["x","y"]}""",
        """{"n":[1,5,"2"],"k":[]}""", """{"n":"0.1","k":"xy","o":1}""", """{"n":0.2,"k":true,"o":"1"}""", """{"n":1e400,"k":"x","o":2}""",
        """{"items":[{"k":"x","n":1},{"k":"y","n":2}],"o":1}""", """{"items":{"k":"x","n":2},"items.n":5,"o":[1,2]}""",
    ];

    private readonly Random _random = new(seed);

    public Scenario Make()
    {
        var times = new TimeMaker(_random);
        var definitions = new DefinitionMaker(_random, times);
        var zone = times.Zone;
        var segments = Enumerable.Range(1, 1 + _random.Next(3))
            .Select(i => new Segment(i, i, definitions.Make(before: i - 1), _random.Next(4) == 0 ? "UTC" : zone))
            .ToList();

        var created = times.Near();
        var at = created;
        var contact = Contact(created, times);
        var inputs = new List<Input>();
        for (var i = _random.Next(10); i > 0; i--)
        {
            var occurred = times.Near();
            at = Later(at, times.Step(), occurred);
            inputs.Add(_random.Next(12) == 0
                ? new Changed(at, Contact(created, times))
                : new Recorded(at, $"{(char)('a' + _random.Next(26))}{inputs.Count}", One(Types), Occurred(occurred, at, inputs), _random.Next(12) > 0, Payload(times)));
        }

        // In the end, so that all before is the same with it and without.
        Segment[] list = _random.Next(4) == 0 ? [new Segment(segments.Count + 1, segments.Count + 1, Segment.List, "UTC")] : [];
        if (_random.Next(4) == 0)
            segments = [.. segments.Select((segment, i) => segment with { Before = [.. list, .. segments[..i]] })];
        return new Scenario([.. segments, .. list], contact, inputs, seed);
    }

    private Contact Contact(DateTimeOffset created, TimeMaker times) => new(
        _random.Next(100).ToString(CultureInfo.InvariantCulture),
        created,
        _random.Next(3) == 0 ? "{}" : $$"""{"plan":"{{One(["free", "pro"])}}","born":"{{times.DateOrInstant()}}","trips":[{"ends":"{{times.Date()}}","to":"x"},{"ends":"{{times.DateOrInstant()}}"}]}""",
        _random.Next(3) == 0 ? times.Near() : null);

    /// <summary>Now, late, or ahead of its time; sometimes at the very instant of another event.</summary>
    private DateTimeOffset Occurred(DateTimeOffset near, DateTimeOffset at, List<Input> before) => _random.Next(6) switch
    {
        0 or 1 or 2 => at,
        3 when before.OfType<Recorded>().LastOrDefault() is { } other => other.OccurredAt,
        _ => near,
    };

    private DateTimeOffset Later(DateTimeOffset at, TimeSpan step, DateTimeOffset near) =>
        near > at && _random.Next(2) == 0 ? near : at + step;

    private string Payload(TimeMaker times) =>
        _random.Next(5) == 0 ? $$"""{"when":"{{times.DateOrInstant()}}","n":{{_random.Next(4)}}}""" : One(Payloads);

    private T One<T>(T[] from) => from[_random.Next(from.Length)];
}
