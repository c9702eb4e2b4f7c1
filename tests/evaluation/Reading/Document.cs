namespace EventSegmentation.Evaluation.Tests.Reading;

/// <summary>The documents of the repository, which tests hold against what they describe.</summary>
internal static class Document
{
    /// <summary>The text of a file in <c>docs</c>.</summary>
    public static string Text(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EventSegmentation.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The solution is not above the tests.");
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", file));
    }
}
