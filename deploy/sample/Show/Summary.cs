using EventSegmentation.Sample.Segments;
using EventSegmentation.Sample.Transitions;

namespace EventSegmentation.Sample.Show;

/// <summary>What is said at the end.</summary>
internal static class Summary
{
    public static void Show(Terminal terminal, TimeSpan live, SentEvents sent, TransitionFigures figures)
    {
        terminal.Heading($"{Wording.Duration(live)} live");
        terminal.Line($"  events       {Wording.Number(sent.Sent)} sent, {Wording.Number(sent.Accepted)} accepted, the history included");
        terminal.Line($"  transitions  {Wording.Number(figures.Live.Sum(one => one.Count))} live, {Wording.Number(figures.Before)} before");
        foreach (var segment in figures.Live.GroupBy(one => one.Group.Segment, StringComparer.Ordinal))
        {
            var lead = $"  {segment.Key,-18}";
            foreach (var kind in segment.GroupBy(one => one.Group.Kind, StringComparer.Ordinal))
            {
                terminal.Line($"{lead} {kind.Key,-7} {kind.Sum(one => one.Count),5}   by {string.Join(", ", kind.Select(one => $"{one.Group.Cause} {one.Count}"))}");
                lead = $"  {"",-18}";
            }
        }

        terminal.Line(figures.ClockExits == 0
            ? "  no exit by the clock: the first ones come a minute after the first event"
            : $"  exits by the clock came {Wording.Duration(figures.MedianLateness)} late (median), {Wording.Duration(figures.WorstLateness)} at worst");
    }

    /// <param name="terminal">Where to.</param>
    /// <param name="environment">Where the services are.</param>
    /// <param name="contactId">A contact that was shown; null if none was.</param>
    public static void ShowWhatNext(Terminal terminal, SampleEnvironment environment, string? contactId)
    {
        terminal.Heading("Where to look next");
        terminal.Line("  set -a; . .run/endpoints.env; . .run/keys.env; set +a");
        terminal.Line("  curl -H \"Authorization: Bearer $READ_KEY\" \\");
        terminal.Line($"    \"$SEGMENTATION_URL/api/segments/{SampleSegments.GoneQuiet.Key}/members\"");
        if (contactId is not null)
            terminal.Line($"  and likewise api/contacts/{contactId}, …/{contactId}/transitions, …/{contactId}/events");
        terminal.Line($"  all calls:  {environment.Ingestion}openapi/v1.json");
        terminal.Line($"              {environment.Segmentation}openapi/v1.json");
        terminal.Line("  README.md:  your own first segment");
    }
}
