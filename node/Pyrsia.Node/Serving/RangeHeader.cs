using Microsoft.Net.Http.Headers;

namespace Pyrsia.Node.Serving;

/// <summary>What a client's <c>Range</c> header means for content of a known size (RFC 9110 section 14).</summary>
internal readonly record struct ByteRange(long First, long Length)
{
    /// <summary>Index of the last byte.</summary>
    internal long Last => First + Length - 1;
}

/// <summary>Reads <c>Range</c>: one range of bytes is honoured; a header of another unit, or of several ranges, is ignored as the RFC allows.</summary>
internal static class RangeHeader
{
    /// <summary>The range to send; null to send everything.</summary>
    /// <param name="header">The header's value; null when there is none.</param>
    /// <param name="size">Size of the content in bytes.</param>
    /// <param name="range">What to send.</param>
    /// <returns>False when the range lies outside the content or runs backwards: answer 416.</returns>
    internal static bool TryRead(string? header, long size, out ByteRange? range)
    {
        range = null;
        if (string.IsNullOrEmpty(header) || !header.StartsWith("bytes=", StringComparison.Ordinal)) return true;
        if (!RangeHeaderValue.TryParse(header, out var parsed)) return false;
        if (parsed.Ranges.Count != 1) return true;
        var asked = parsed.Ranges.Single();
        if (asked.From is not { } from)
        {
            var suffix = Math.Min(asked.To ?? 0, size);
            if (suffix == 0) return false;
            range = new ByteRange(size - suffix, suffix);
            return true;
        }
        if (from >= size || asked.To < from) return false;
        range = new ByteRange(from, Math.Min(asked.To ?? (size - 1), size - 1) - from + 1);
        return true;
    }
}
