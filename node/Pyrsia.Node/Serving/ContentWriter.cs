using System.Globalization;
using Pyrsia.Content.Store;

namespace Pyrsia.Node.Serving;

/// <summary>Sends verified content to a client, whole or a range of it, while it is still arriving.</summary>
internal static class ContentWriter
{
    /// <summary>Writes status and length of an answer with content of a known size, by the request's <c>Range</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="size">Size of the whole content in bytes.</param>
    /// <param name="range">The bytes to send.</param>
    /// <returns>False when the range lies outside the content: status and header say so, the body is the caller's.</returns>
    internal static bool TryBegin(HttpContext context, long size, out ByteRange range)
    {
        range = new ByteRange(0, size);
        if (!RangeHeader.TryRead(context.Request.Headers.Range, size, out var asked))
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            return false;
        }
        if (asked is { } part)
        {
            range = part;
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.First}-{part.Last}/{size}");
        }
        context.Response.ContentLength = range.Length;
        return true;
    }

    /// <summary>Copies a range of the content. The first byte leaves only after its chunk was verified; with it leave the headers, in one segment.</summary>
    /// <param name="context">The request.</param>
    /// <param name="reader">The content.</param>
    /// <param name="range">What to send.</param>
    /// <param name="patience">How long the first chunk may take.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    /// <exception cref="TimeoutException">The first chunk did not come in time; nothing was sent.</exception>
    /// <exception cref="ContentStoreException">The content was given up.</exception>
    internal static async Task CopyAsync(HttpContext context, IContentReader reader, ByteRange range, TimeSpan patience, CancellationToken cancellationToken)
    {
        var chunkSize = reader.Descriptor.ChunkSize;
        var body = context.Response.BodyWriter;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            for (var (first, length) = (range.First, range.Length); length > 0;)
            {
                var chunk = (int)(first / chunkSize);
                var from = (int)(first % chunkSize);
                var buffer = body.GetMemory(reader.Descriptor.ChunkLength(chunk));
                await reader.ReadChunkAsync(chunk, buffer, limit.Token);
                limit.CancelAfter(Timeout.InfiniteTimeSpan);
                var count = (int)Math.Min(length, reader.Descriptor.ChunkLength(chunk) - from);
                if (from > 0) buffer.Slice(from, count).CopyTo(buffer);
                body.Advance(count);
                await body.FlushAsync(cancellationToken);
                first += count;
                length -= count;
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{reader.Descriptor.Digest} did not begin to arrive within {patience.TotalSeconds:0} s.", e);
        }
    }
}
