using System.Buffers.Text;

namespace Pyrsia.Libp2p;

/// <summary>Text with a leading character that names its base: <c>z</c> base58btc, <c>b</c> base32, <c>f</c> base16, <c>u</c> base64url.
/// https://github.com/multiformats/multibase</summary>
public static class Multibase
{
    /// <summary>Longest text that is decoded, in characters.</summary>
    public const int MaxTextLength = 512;

    /// <summary>Lower-case base32 with its prefix, the usual form of CIDv1.</summary>
    public static string EncodeBase32(ReadOnlySpan<byte> bytes) => "b" + Base32.Encode(bytes);

    /// <summary>base64url with its prefix, the usual form of a certificate hash.</summary>
    public static string EncodeBase64Url(ReadOnlySpan<byte> bytes) => "u" + Base64Url.EncodeToString(bytes);

    /// <summary>Decodes the bases above; false for any other prefix or malformed text.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length is < 1 or > MaxTextLength) return false;
        var body = text[1..];
        switch (text[0])
        {
            case 'z': return Base58.TryDecode(body, out bytes);
            case 'b' or 'B': return Base32.TryDecode(body, out bytes);
            case 'f' or 'F':
                if (body.Length % 2 != 0) return false;
                var hex = new byte[body.Length / 2];
                if (Convert.FromHexString(body, hex, out _, out _) != System.Buffers.OperationStatus.Done) return false;
                bytes = hex;
                return true;
            case 'u':
                var decoded = new byte[Base64Url.GetMaxDecodedLength(body.Length)];
                if (!Base64Url.IsValid(body) || !Base64Url.TryDecodeFromChars(body, decoded, out var n)) return false;
                bytes = decoded[..n];
                return true;
            default: return false;
        }
    }
}
