using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace EventSegmentation.Segmentation.Http;

/// <summary>A part of a list.</summary>
/// <param name="Next">The cursor of the next part; null at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>What a caller asks of a list: <c>?limit=</c> and <c>?cursor=</c>.</summary>
internal readonly record struct PageRequest(int Limit, string? After)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 1_000;

    /// <summary>Reads the two parameters; the result says what is wrong if they are not understood.</summary>
    public static (PageRequest Page, IResult? Problem) Read(HttpRequest request)
    {
        var limit = DefaultLimit;
        if (request.Query["limit"].FirstOrDefault() is { } asked
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
            return (default, Problems.BadRequest("limit", $"limit is a whole number from 1 to {MaxLimit}."));
        if (request.Query["cursor"].FirstOrDefault() is not { } cursor)
            return (new(limit, null), null);
        if (!Base64Url.IsValid(cursor))
            return (default, Problems.BadRequest("cursor", "cursor is not one that this service gave."));
        var after = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return RequestBody.IsStorable(after)
            ? (new(limit, after), null)
            : (default, Problems.BadRequest("cursor", "cursor is not one that this service gave."));
    }

    /// <summary>The same for a list in the order of a number; it begins at <paramref name="start"/> and goes on after <c>After</c>.</summary>
    public static (PageRequest Page, long After, IResult? Problem) ReadNumbered(HttpRequest request, long start)
    {
        var (page, problem) = Read(request);
        if (problem is not null || page.After is null)
            return (page, start, problem);
        return long.TryParse(page.After, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var after)
            ? (page, after, null)
            : (page, start, Problems.BadRequest("cursor", "cursor is not one that this list gave."));
    }

    /// <summary>The same for a list that may be entered at a number of the caller's own, <c>?after=</c>: it begins behind it, and cursors go on from there.</summary>
    public static (PageRequest Page, long After, IResult? Problem) ReadAfter(HttpRequest request)
    {
        if (request.Query["after"].FirstOrDefault() is not { } given)
            return ReadNumbered(request, 0);
        if (request.Query.ContainsKey("cursor"))
            return (default, 0, Problems.BadRequest("after", "Give after to begin a list, or cursor to go on with one; not both."));
        return long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? ReadNumbered(request, after)
            : (default, 0, Problems.BadRequest("after", $"after is a whole number from 0: what the last transition that is known already has; '{given}' came."));
    }

    /// <summary>
    /// A page of rows that were read with one more than <see cref="Limit"/>, so that it is known whether there is a next.
    /// </summary>
    public Page<T> Of<T>(List<T> rows, Func<T, string> cursor)
    {
        if (rows.Count <= Limit)
            return new(rows, null);
        rows.RemoveRange(Limit, rows.Count - Limit);
        return new(rows, Cursor(cursor(rows[^1])));
    }

    /// <summary>The cursor that <see cref="Read"/> understands as going on after something.</summary>
    public static string Cursor(string after) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(after));

    /// <inheritdoc cref="Cursor(string)"/>
    public static string Cursor(long after) => Cursor(after.ToString(CultureInfo.InvariantCulture));
}
