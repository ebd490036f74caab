using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Provenance.Formats;

/// <summary>
/// Standard base64 (RFC 4648 section 4) with padding and nothing else: no white space, no second spelling of the same bytes.
/// A signed file must have one encoding, or a byte of it could be changed unnoticed.
/// </summary>
public static class StrictBase64
{
    private const int GroupLength = 4;
    private const int GroupBytes = 3;

    /// <summary>Decodes <paramref name="text"/> when it is what <see cref="Convert.ToBase64String(byte[])"/> would write.</summary>
    public static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null || text.Length % GroupLength != 0)
            return false;
        var padding = text.EndsWith("==", StringComparison.Ordinal) ? 2 : text.EndsWith('=') ? 1 : 0;
        var decoded = new byte[(text.Length / GroupLength * GroupBytes) - padding];
        // White space, which the decoder passes over, would leave fewer bytes than so many characters stand for.
        if (!Convert.TryFromBase64Chars(text, decoded, out var written) || written != decoded.Length || !EndsInOneWay(text, decoded, padding))
            return false;
        bytes = decoded;
        return true;
    }

    /// <summary>Whether the bits of the last group that belong to no byte are those that the encoder writes.</summary>
    private static bool EndsInOneWay(string text, ReadOnlySpan<byte> decoded, int padding)
    {
        if (padding == 0)
            return true;
        Span<char> last = stackalloc char[GroupLength];
        return Convert.TryToBase64Chars(decoded[^(GroupBytes - padding)..], last, out _) && text.AsSpan(text.Length - GroupLength).SequenceEqual(last);
    }
}
