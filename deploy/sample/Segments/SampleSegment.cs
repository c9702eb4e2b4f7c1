using System.Diagnostics.CodeAnalysis;

namespace EventSegmentation.Sample.Segments;

/// <summary>A segment of the sample, said twice: to the service, and in plain C# for the check.</summary>
/// <param name="Condition">The definition, JSON.</param>
/// <param name="Holds">Whether somebody with this past is a member: counting, and nothing of the product's.</param>
internal sealed record SampleSegment(
    string Key, string Name, string Purpose, [StringSyntax(StringSyntaxAttribute.Json)] string Condition, Func<Past, bool> Holds)
{
    /// <summary>By this tag they are found again.</summary>
    public const string Tag = "sample";
}
