namespace Pyrsia.Libp2p;

/// <summary>RFC 4648 base32 in lower case without padding (multibase prefix <c>b</c>).</summary>
public static class Base32
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The text of the bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new char[(bytes.Length * 8 + 4) / 5];
        int bits = 0, buffer = 0, at = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8 | b) & 0xffff;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text[at++] = Alphabet[buffer >> bits & 31];
            }
        }
        if (bits > 0) text[at] = Alphabet[buffer << (5 - bits) & 31];
        return new string(text);
    }

    /// <summary>Decodes either case; false for foreign characters, an impossible length or bits left over that are not zero.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 8 is 1 or 3 or 6) return false;
        var result = new byte[text.Length * 5 / 8];
        int bits = 0, buffer = 0, at = 0;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(char.ToLowerInvariant(c), StringComparison.Ordinal);
            if (digit < 0) return false;
            buffer = (buffer << 5 | digit) & 0xffff;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            result[at++] = (byte)(buffer >> bits & 0xff);
        }
        if ((buffer & (1 << bits) - 1) != 0) return false;
        bytes = result;
        return true;
    }
}
