using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>An event that is kept as such, its parameters cut to what the leaf asks for.</summary>
internal sealed record HeldEvent(long Time, string Id, string Type, JsonElement Params);

/// <summary>Events in their order: by time, then by id.</summary>
internal sealed class HeldTally : Tally
{
    public List<HeldEvent> Events { get; } = [];

    public override bool IsEmpty => Events.Count == 0;

    public void Add(HeldEvent held)
    {
        var at = Events.Count;
        while (at > 0 && IsBefore(held, Events[at - 1]))
            at--;
        Events.Insert(at, held);
    }

    public override void Write(PackWriter to)
    {
        to.Count(Events.Count);
        foreach (var held in Events)
        {
            to.Time(held.Time);
            to.Text(held.Id);
            to.Text(held.Type);
            to.Text(held.Params.GetRawText());
        }
    }

    public static HeldTally Read(ref PackReader from)
    {
        var tally = new HeldTally();
        for (var left = from.Count(); left > 0; left--)
            tally.Events.Add(new HeldEvent(from.Time(), from.Text(), from.Text(), Excerpt.Parse(from.Text())));
        return tally;
    }

    private static bool IsBefore(HeldEvent a, HeldEvent b) =>
        a.Time < b.Time || (a.Time == b.Time && string.CompareOrdinal(a.Id, b.Id) < 0);
}
