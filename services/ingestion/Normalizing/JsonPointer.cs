namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>Steps of a JSON pointer (RFC 6901).</summary>
internal static class JsonPointer
{
    /// <summary>The step to a member, escaped.</summary>
    public static string Member(string name) =>
        "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>The step to an element, counted from 0.</summary>
    public static string Element(int index) => string.Create(null, $"/{index}");
}
