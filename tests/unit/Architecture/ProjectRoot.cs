using System.Reflection;

namespace EventSegmentation.UnitTests.Architecture;

/// <summary>Where the project lies on this machine: above the tests' own build.</summary>
internal static class ProjectRoot
{
    public static readonly string Path = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(System.IO.Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "EventSegmentation.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The solution is not above the tests.");
        return folder.FullName;
    }
}
