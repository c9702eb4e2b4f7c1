using System.Collections.Immutable;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>A row of <c>calls.txt</c>: one call, and how it answers whom.</summary>
/// <param name="Service"><c>ingestion</c> or <c>segmentation</c>.</param>
/// <param name="Call">Method and route, as the service itself names them.</param>
/// <param name="Answers">By the column's name: <c>in</c>, or the status of the refusal.</param>
public sealed record CallRow(string Service, string Call, ImmutableDictionary<string, string> Answers)
{
    public string Method => Call.Split(' ')[0];

    /// <summary>An address that the route takes.</summary>
    public string Address => string.Join('/', Call.Split(' ')[1].Split('/').Select(part => part switch
    {
        "{documentName}.json" => "v1.json",
        _ when part.StartsWith('{') => "1",
        _ => part,
    }));

    public static IReadOnlyList<CallRow> All()
    {
        string[]? columns = null;
        var rows = new List<CallRow>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Security", "calls.txt")))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith("# service", StringComparison.Ordinal))
                columns = words[3..];
            else if (words.Length > 0 && words[0] != "#")
                rows.Add(new(words[0], $"{words[1]} {words[2]}", columns!.Zip(words[3..], KeyValuePair.Create).ToImmutableDictionary()));
        }

        return rows;
    }
}
