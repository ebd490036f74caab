using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Provenance.Formats;

/// <summary>
/// Standard base64 (RFC 4648 section 4) with padding and nothing else: no white space, no second spelling of the same bytes.
/// A signed file must have one encoding, or a byte of it could be changed unnoticed.
/// </summary>
public static class StrictBase64
{
    /// <summary>Decodes <paramref name="text"/> when it is what <see cref="Convert.ToBase64String(byte[])"/> would write.</summary>
    public static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null || text.Length % 4 != 0)
            return false;
        var buffer = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64String(text, buffer, out var written))
            return false;
        var decoded = buffer[..written];
        if (!string.Equals(Convert.ToBase64String(decoded), text, StringComparison.Ordinal))
            return false;
        bytes = decoded;
        return true;
    }
}
