using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>The body of a request, read whole into a rented buffer.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBuffer = 4 * 1024;

    private byte[] _buffer;

    private RequestBody(byte[] buffer) => _buffer = buffer;

    /// <summary>What was read; valid until disposed.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Null if the type says JSON in UTF-8 and nothing is compressed, or what is wrong.</summary>
    public static string? TypeFault(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            return "the content type must be application/json";
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset is { HasValue: true } charset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
            return "the charset must be utf-8";
        return request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity"
            ? "the body must not be compressed"
            : null;
    }

    /// <summary>The body, or null if it is larger than <paramref name="limit"/> bytes.</summary>
    public static async Task<RequestBody?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
            return null;
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null; // the limit of this call holds instead

        // One byte more than announced shows the end without growing.
        var body = new RequestBody(ArrayPool<byte>.Shared.Rent((int?)request.ContentLength + 1 ?? FirstBuffer));
        try
        {
            var length = 0;
            while (await request.Body.ReadAsync(body._buffer.AsMemory(length), cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length > limit)
                {
                    body.Dispose();
                    return null;
                }

                if (length == body._buffer.Length)
                    body.Grow(length);
            }

            body.Bytes = body._buffer.AsMemory(0, length);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Bytes = default;
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(length * 2);
        _buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
