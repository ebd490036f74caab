using System.Buffers;
using System.Globalization;
using Pyrsia.Content.Store;

namespace Pyrsia.Node.Oci;

/// <summary>Sends verified content to a client, whole or a range of it, while it is still arriving.</summary>
internal static class OciContentWriter
{
    /// <summary>Writes status, length and bytes. The first byte leaves only after its chunk was verified.</summary>
    internal static async Task WriteAsync(HttpContext context, IContentReader reader, CancellationToken cancellationToken)
    {
        var size = reader.Descriptor.Size;
        if (!RangeHeader.TryRead(context.Request.Headers.Range, size, out var range))
        {
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            await OciAnswer.WriteAsync(context, StatusCodes.Status416RangeNotSatisfiable, "RANGE_INVALID", $"The range lies outside the {size} bytes.");
            return;
        }
        if (range is { } part)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.First}-{part.Last}/{size}");
        }
        var (first, length) = range is { } r ? (r.First, r.Length) : (0, size);
        context.Response.ContentLength = length;
        if (!HttpMethods.IsHead(context.Request.Method)) await CopyAsync(context, reader, first, length, cancellationToken);
    }

    private static async Task CopyAsync(HttpContext context, IContentReader reader, long first, long length, CancellationToken cancellationToken)
    {
        var chunkSize = reader.Descriptor.ChunkSize;
        var buffer = ArrayPool<byte>.Shared.Rent(chunkSize);
        try
        {
            while (length > 0)
            {
                var chunk = (int)(first / chunkSize);
                var from = (int)(first % chunkSize);
                await reader.ReadChunkAsync(chunk, buffer, cancellationToken);
                var count = (int)Math.Min(length, reader.Descriptor.ChunkLength(chunk) - from);
                await context.Response.Body.WriteAsync(buffer.AsMemory(from, count), cancellationToken);
                first += count;
                length -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
