using Microsoft.Net.Http.Headers;

namespace EventSegmentation.Segmentation.Http;

/// <summary>Which revision of something a caller means to change, by the header <c>If-Match</c>.</summary>
internal sealed class IfMatch
{
    private readonly IList<EntityTagHeaderValue>? _tags;

    private IfMatch(IList<EntityTagHeaderValue>? tags) => _tags = tags;

    /// <summary>Whatever is there: the last writer wins.</summary>
    public static IfMatch Any { get; } = new(null);

    /// <summary>True if the caller says which: otherwise the last writer wins.</summary>
    public bool IsGiven => _tags is not null;

    /// <summary>Reads the header; the result says what is wrong if it is not understood.</summary>
    public static (IfMatch Match, IResult? Problem) Read(HttpRequest request)
    {
        if (request.Headers.IfMatch.Count == 0)
            return (Any, null);
        return EntityTagHeaderValue.TryParseStrictList([.. request.Headers.IfMatch.OfType<string>()], out var tags)
            ? (new(tags), null)
            : (Any, Problems.BadRequest("If-Match", "If-Match is an ETag that this service gave, such as \"7\" with its quotes, several of them, or *."));
    }

    /// <summary>True if what is there may be changed; a weak tag, such as a proxy makes of one, is never the same.</summary>
    public bool Allows(long revision) => Allows(Tag(revision));

    /// <param name="present">The tag of what is there, with its quotes.</param>
    /// <inheritdoc cref="Allows(long)"/>
    public bool Allows(string present) =>
        _tags is null || _tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new(present), useStrongComparison: true));

    /// <summary>The tag of a revision, with its quotes.</summary>
    public static string Tag(long revision) => $"\"{revision}\"";

    /// <summary>An answer that says of which revision it is.</summary>
    public static IResult Tagged(IResult answer, long revision) => Tagged(answer, Tag(revision));

    /// <summary>An answer that says of which state of things it is, by a tag with its quotes.</summary>
    public static IResult Tagged(IResult answer, string tag) => new TaggedAnswer(answer, tag);

    /// <summary>The answer to who means another revision than the present one.</summary>
    public static IResult Failed(string what, long revision) => Failed(what, Tag(revision));

    /// <param name="present">The tag of what is there, with its quotes.</param>
    /// <inheritdoc cref="Failed(string, long)"/>
    public static IResult Failed(string what, string present) => Tagged(
        Problems.Of(
            StatusCodes.Status412PreconditionFailed,
            "Changed meanwhile",
            $"{what} has been changed since the revision that If-Match names; its present one is {present}. Read it again and decide anew."),
        present);

    private sealed class TaggedAnswer(IResult answer, string tag) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.ETag = tag;
            return answer.ExecuteAsync(httpContext);
        }
    }
}
