using EventSegmentation.Sample.Segments;
using EventSegmentation.Sample.Services;
using EventSegmentation.Sample.Show;
using EventSegmentation.Sample.Transitions;

namespace EventSegmentation.Sample.Check;

/// <summary>Gathers what is checked of a bounded run, and says how it came out.</summary>
internal sealed class OutcomeCheck(Terminal terminal, SegmentationClient segmentation, SentEvents sent, TransitionLog log, TimeProvider time)
{
    private readonly List<Finding> _findings = [];
    private readonly MembershipCheck _memberships = new(segmentation, sent, log, time);

    public async Task AfterHistoryAsync(CancellationToken cancellationToken) =>
        _findings.AddRange(await _memberships.RunAsync("after the history", cancellationToken));

    public async Task AfterLiveAsync(CancellationToken cancellationToken)
    {
        _findings.AddRange(await _memberships.RunAsync("after the live part", cancellationToken));
        _findings.AddRange(DeliveryCheck.Run(log.All(), log.Figures()));
        _findings.Add(new(sent.Accepted == sent.Sent, $"accepted: {Wording.Number(sent.Accepted)} of {Wording.Number(sent.Sent)} events",
            sent.Accepted == sent.Sent ? null : $"{sent.Sent - sent.Accepted} were refused"));

        var segments = new List<SegmentAnswer>();
        foreach (var segment in SampleSegments.All)
            segments.Add(await segmentation.SegmentAsync(segment.Key, cancellationToken));
        _findings.Add(Finding.Of($"live: {segments.Count} segments",
            [.. segments.Where(segment => segment.State != "live").Select(segment => $"{segment.Key} is {segment.State}")]));
        var quiet = segments.Single(segment => segment.Key == SampleSegments.GoneQuiet.Key).Size;
        _findings.Add(new(quiet > 0, $"who did not do something: {quiet} in {SampleSegments.GoneQuiet.Key}", quiet > 0 ? null : "nobody is in it"));
    }

    /// <summary>Shows what was found. True if all of it is good.</summary>
    public bool Report()
    {
        terminal.Heading("Check");
        terminal.Line("  Members must be the same as the API lists them, as they are counted from the");
        terminal.Line("  events sent, and as the transitions received tell.");
        foreach (var finding in _findings)
        {
            terminal.Wrapped(finding.IsGood ? "  ok    " : "  FAIL  ", finding.Text);
            if (finding.Detail is { } detail)
                terminal.Wrapped("        ", detail);
        }

        var failed = _findings.Count(finding => !finding.IsGood);
        terminal.Line(failed == 0 ? $"  All {_findings.Count} good." : $"  {failed} of {_findings.Count} failed.");
        return failed == 0;
    }
}
