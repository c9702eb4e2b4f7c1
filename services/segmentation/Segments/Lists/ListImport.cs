using System.Text.Json.Serialization;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>What an upload does with those it names.</summary>
internal enum ListImportMode
{
    /// <summary>Puts them on the list.</summary>
    Add,

    /// <summary>Takes them off it.</summary>
    Remove,

    /// <summary>Puts them on it, and in the end takes off everybody else.</summary>
    Replace,
}

/// <summary>A line that was not done.</summary>
internal sealed record ListImportRefusal(int Line, string Reason);

/// <summary>An upload of a list, and how far it has come.</summary>
/// <param name="Mode"><c>add</c>, <c>remove</c> or <c>replace</c>.</param>
/// <param name="State"><c>running</c>; <c>done</c>; <c>broken</c> if it ended before its time: what is counted is done, and the same file may be sent again.</param>
/// <param name="Reason">Why it is broken; null if it is not.</param>
/// <param name="Lines">Lines that are done, empty ones left out.</param>
/// <param name="Unchanged">Lines that asked for what was so already.</param>
/// <param name="Refusals">The first <see cref="MaxRefusals"/> of those refused; null in a list of uploads.</param>
internal sealed record ListImport(
    long Id, string Mode, string State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason,
    DateTimeOffset Started, string StartedBy, DateTimeOffset? Ended,
    long Lines, long Added, long Removed, long Unchanged, long Refused,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ListImportRefusal>? Refusals)
{
    /// <summary>The most refusals that are kept with their lines.</summary>
    public const int MaxRefusals = 1_000;

    public const string Done = "done";
    public const string Broken = "broken";

    /// <summary>Why an upload is broken whose service is gone.</summary>
    public const string Killed = "The service that took it ended.";
}
