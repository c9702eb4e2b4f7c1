using System.Globalization;
using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.IntegrationTests.Insight;

/// <summary>Preview, dry run, ledger and audit over a group of six lifecycle segments that was edited, loudly and silently.</summary>
public sealed class GroupInsightTests
{
    [Fact]
    public async Task All_of_them_see_the_segments_of_a_group_as_they_serve()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("PROVE_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        await using var world = await BuildWorld.CreateAsync();
        var script = new LifecycleScript(world, seed);
        await script.FoundAsync();
        for (var round = 0; round < 6; round++)
        {
            await script.LiveAsync(events: 15);
            await world.ProjectAsync();
            await script.ChangeAsync();
            await world.ProjectAsync();
        }

        var (options, now) = (new SegmentationOptions(), world.Time.Now);
        var (population, past) = (new PopulationStore(world.Source), new PastStore(world.Source));
        var definitions = await new ServingDefinitions(world.Source).ReadAsync(CancellationToken.None);
        var audit = await new Audit(new AuditStore(world.Source), past, new EventTypeSwitchStore(world.Source))
            .RunAsync(now, CancellationToken.None);
        var overlaps = await new Audit(new AuditStore(world.Source), past, new EventTypeSwitchStore(world.Source))
            .OverlapsAsync(null, 0, 100, now, CancellationToken.None);
        var total = 0;
        foreach (var key in LifecycleScript.Segments.Keys)
        {
            var because = $"{key}, seed {seed}";
            var segments = new SegmentStore(world.Source);
            var live = await segments.MembersAsync((await segments.IdAsync(key, CancellationToken.None))!.Value, 0, 100, CancellationToken.None);
            total += live.Count;

            var draft = Draft.Read(JsonElement.Parse($$"""{"condition":{"inSegment":"{{key}}"} }"""), definitions, [])!;
            var preview = await new Preview(population).RunAsync(draft, now, definitions, new WorkMeter(options), CancellationToken.None);
            preview.Sample.Should().Equal(live.Select(member => member.ContactId), because);
            preview.Count.Should().Be(live.Count, because);

            var run = await new DryRun(population, new OverlapStore(world.Source)).RunAsync(
                new(definitions[key], []), days: 3, now, definitions, new WorkMeter(options), CancellationToken.None);
            run.Size.Should().Be(live.Count, because);
            run.Overlap.Should().BeEquivalentTo(live.Count == 0 ? [] : new[] { new SegmentShare(key, live.Count, live.Count) }, because);

            var id = (await past.FindAsync(key, CancellationToken.None))!.Id;
            (await past.MembersAtAsync(id, now, 0, 100, CancellationToken.None)).Should().Equal(live, because);
            var audited = audit.Items.Single(item => item.Key == key);
            audited.Size.Should().Be(live.Count, because);
            audited.Days[^1].Size.Should().Be(live.Count, because);
        }

        total.Should().BeGreaterThan(0);
        overlaps!.Pairs.Should().Be(0, "a contact is in one segment of a group at most");
    }
}
