namespace Pyrsia.Libp2p;

/// <summary>base58btc without checksum, as peer ids and CIDv0 use it.</summary>
public static class Base58
{
    /// <summary>Longest text that is decoded, in characters: the algorithm is quadratic and nothing here needs more than a 64-byte digest.</summary>
    public const int MaxTextLength = 128;

    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>The text of the bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var zeros = 0;
        while (zeros < bytes.Length && bytes[zeros] == 0) zeros++;
        var digits = new byte[bytes.Length * 138 / 100 + 1];
        var used = 0;
        foreach (var b in bytes[zeros..])
        {
            int carry = b;
            for (var i = 0; i < used || carry != 0; i++)
            {
                carry += digits[i] * 256;
                digits[i] = (byte)(carry % 58);
                carry /= 58;
                if (i >= used) used = i + 1;
            }
        }
        var text = new char[zeros + used];
        Array.Fill(text, Alphabet[0], 0, zeros);
        for (var i = 0; i < used; i++) text[zeros + i] = Alphabet[digits[used - 1 - i]];
        return new string(text);
    }

    /// <summary>Decodes; false for a foreign character or a text over <see cref="MaxTextLength"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length > MaxTextLength) return false;
        var zeros = 0;
        while (zeros < text.Length && text[zeros] == Alphabet[0]) zeros++;
        Span<byte> digits = stackalloc byte[MaxTextLength];
        var used = 0;
        foreach (var c in text[zeros..])
        {
            var carry = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (carry < 0) return false;
            for (var i = 0; i < used || carry != 0; i++)
            {
                if (i >= used)
                {
                    used = i + 1;
                    digits[i] = 0;
                }
                carry += digits[i] * 58;
                digits[i] = (byte)(carry & 0xff);
                carry >>= 8;
            }
        }
        bytes = new byte[zeros + used];
        for (var i = 0; i < used; i++) bytes[zeros + i] = digits[used - 1 - i];
        return true;
    }
}
