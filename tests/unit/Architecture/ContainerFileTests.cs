using System.Xml.Linq;

namespace EventSegmentation.UnitTests.Architecture;

/// <summary>An image is built from what its container file copies: every project that its service consists of, and the rules of the build.</summary>
public sealed class ContainerFileTests
{
    [Theory]
    [InlineData("ingestion", "services/ingestion/EventSegmentation.Ingestion.csproj")]
    [InlineData("segmentation", "services/segmentation/EventSegmentation.Segmentation.csproj")]
    public void A_container_file_copies_what_its_service_is_built_from(string service, string project)
    {
        var copied = File.ReadAllLines(Path.Combine(ProjectRoot.Path, "deploy/containers", $"{service}.Dockerfile"))
            .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from"))
            .SelectMany(line => line.Split(' ')[1..^1])
            .ToList();

        var projects = WithReferences(project).Distinct().ToList();
        copied.Should().BeEquivalentTo(
        [
            "global.json", "Directory.Build.props", "Directory.Packages.props", "services/Directory.Build.props", ".editorconfig",
            .. projects, .. projects.Select(one => Path.GetDirectoryName(one)!),
        ]);
    }

    // The whole tree of references, from the root of the repository.
    private static IEnumerable<string> WithReferences(string project)
    {
        var folder = Path.GetDirectoryName(Path.Combine(ProjectRoot.Path, project))!;
        return XDocument.Load(Path.Combine(ProjectRoot.Path, project)).Descendants("ProjectReference")
            .Select(reference => Path.GetRelativePath(ProjectRoot.Path, Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value.Replace('\\', '/')))))
            .SelectMany(WithReferences).Prepend(project);
    }
}
