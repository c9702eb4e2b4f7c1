using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EventSegmentation.UnitTests.Architecture;

/// <summary>Keeps the rooms apart: who may know whom, and where SQL, the broker and the clock may stand.</summary>
public sealed partial class DependencyRules
{
    public static readonly string Root = ProjectRoot.Path;
    private static readonly string[] Rooms = ["contracts", "services", "deploy", "tests"];

    [Theory]
    [InlineData("contracts/EventSegmentation.Contracts.csproj")]
    [InlineData("services/access/EventSegmentation.Access.csproj")]
    [InlineData("services/evaluation/EventSegmentation.Evaluation.csproj")]
    public void Has_no_packages_and_no_projects(string project)
    {
        var references = References(project);

        references.Should().BeEmpty();
    }

    [Theory]
    [InlineData("services/ingestion/EventSegmentation.Ingestion.csproj", "EventSegmentation.Access EventSegmentation.Contracts")]
    [InlineData("services/segmentation/EventSegmentation.Segmentation.csproj", "EventSegmentation.Access EventSegmentation.Contracts EventSegmentation.Evaluation")]
    [InlineData("deploy/sample/EventSegmentation.Sample.csproj", "EventSegmentation.Contracts")]
    [InlineData("docs/examples/subscriber/EventSegmentation.ExampleSubscriber.csproj", "EventSegmentation.Contracts")]
    public void References_these_projects_only(string project, string allowed)
    {
        var projects = Document(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        projects.Should().BeEquivalentTo(allowed.Split(' '));
    }

    [Fact]
    public void Ingestion_has_no_database() =>
        References("services/ingestion/EventSegmentation.Ingestion.csproj").Should().NotContain(name => name.Contains("Npgsql"));

    [Fact]
    public void Sql_stands_in_stores_streams_and_schema_only() =>
        Sources("services/segmentation")
            .Where(file => NpgsqlStatement().IsMatch(File.ReadAllText(file)))
            .Select(Relative)
            .Where(file => !file.EndsWith("Store.cs", StringComparison.Ordinal)
                && !file.Contains("/Streams/") && !file.Contains("/Schema/") && !file.EndsWith("/Http/Health.cs", StringComparison.Ordinal))
            .Should().BeEmpty();

    [Fact]
    public void MassTransit_stands_in_consumers_and_start_up_only() =>
        Sources("services/segmentation")
            .Where(file => File.ReadAllText(file).Contains("using MassTransit"))
            .Select(file => Path.GetFileName(file))
            .Should().BeSubsetOf(["EventsConsumer.cs", "ImportsConsumer.cs", "RefusalsConsumer.cs", "BrokerBus.cs"]);

    [Fact]
    public void Streams_know_nothing_of_segments() =>
        Sources("services/segmentation/Streams")
            .Where(file => ForeignToStreams().IsMatch(File.ReadAllText(file)))
            .Should().BeEmpty();

    [Theory]
    [InlineData("services/segmentation/Contacts/Matching.cs")]
    [InlineData("services/segmentation/Contacts/MatchedBatch.cs")]
    [InlineData("services/segmentation/Contacts/IdentifierTable.cs")]
    [InlineData("services/segmentation/Contacts/Merging.cs")]
    [InlineData("services/segmentation/Contacts/PersonTree.cs")]
    [InlineData("services/segmentation/Contacts/MatchingRule.cs")]
    [InlineData("services/segmentation/Streams/Partition.cs")]
    [InlineData("services/segmentation/Streams/Positions.cs")]
    [InlineData("services/segmentation/Projection/ProjectedContact.cs")]
    [InlineData("services/segmentation/Projection/ProjectedContact.Person.cs")]
    [InlineData("services/segmentation/Projection/ProjectedContact.Changes.cs")]
    [InlineData("services/segmentation/Builds/SegmentWorld.cs")]
    [InlineData("services/segmentation/Builds/WorldProblem.cs")]
    [InlineData("services/segmentation/EventTypes/TypeSwitch.cs")]
    [InlineData("services/segmentation/Segments/Lists/ListChanges.cs")]
    [InlineData("services/segmentation/Segments/Lists/ListWish.cs")]
    [InlineData("services/segmentation/Insight/AuditFinding.cs")]
    [InlineData("services/segmentation/Insight/ContactSample.cs")]
    [InlineData("services/segmentation/Insight/DayTally.cs")]
    [InlineData("services/segmentation/Insight/DraftPlan.cs")]
    [InlineData("services/segmentation/Insight/OverlapCount.cs")]
    [InlineData("services/segmentation/Insight/SegmentDays.cs")]
    public void Pure_files_take_no_clock_logger_or_cancellation(string file) =>
        Impure().IsMatch(File.ReadAllText(Path.Combine(Root, file))).Should().BeFalse();

    [Fact]
    public void Evaluation_takes_no_clock_and_does_no_io() =>
        Sources("services/evaluation").Where(file => Impure().IsMatch(File.ReadAllText(file))).Should().BeEmpty();

    [Fact]
    public void Nobody_reads_the_wall_clock_past_the_time_provider() =>
        Sources("services").Concat(Sources("contracts"))
            .Where(file => WallClock().IsMatch(File.ReadAllText(file)))
            .Should().BeEmpty();

    [Fact]
    public void No_folder_is_named_for_nothing() =>
        Rooms.SelectMany(top => Directory.EnumerateDirectories(Path.Combine(Root, top), "*", SearchOption.AllDirectories))
            .Select(folder => Path.GetFileName(folder))
            .Should().NotContain(name => Nameless().IsMatch(name));

    [GeneratedRegex(@"new Npgsql(Command|Batch)\b|\.CreateCommand\(")]
    private static partial Regex NpgsqlStatement();

    [GeneratedRegex(@"EventSegmentation\.(Evaluation|Segmentation\.(Segments|Builds|Projection|Ledger|EventTypes|Contacts))")]
    private static partial Regex ForeignToStreams();

    [GeneratedRegex(@"\b(TimeProvider|ILogger|CancellationToken|Npgsql\w*|HttpClient|File\.|Environment\.)\b")]
    private static partial Regex Impure();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b")]
    private static partial Regex WallClock();

    [GeneratedRegex("^(common|shared|utils?|helpers?|managers?|misc)$", RegexOptions.IgnoreCase)]
    private static partial Regex Nameless();

    private static IEnumerable<string> References(string project) =>
        Document(project).Descendants()
            .Where(element => element.Name.LocalName is "PackageReference" or "ProjectReference")
            .Select(element => element.Attribute("Include")!.Value);

    private static XDocument Document(string project) => XDocument.Load(Path.Combine(Root, project));

    internal static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj"));

    internal static string Relative(string file) => "/" + Path.GetRelativePath(Root, file).Replace('\\', '/');
}
