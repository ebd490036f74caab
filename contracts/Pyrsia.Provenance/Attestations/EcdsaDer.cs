using System.Numerics;

namespace Pyrsia.Provenance.Attestations;

/// <summary>
/// ECDSA-Sig-Value in DER (<c>30 len 02 len r 02 len s</c>) with minimal integers, to and from r and s of 32 bytes each, and
/// the low-s rule: of s and n - s, which both verify, only the smaller counts.
/// </summary>
internal static class EcdsaDer
{
    /// <summary>Bytes of r and s side by side.</summary>
    public const int FixedLength = 64;

    private const int IntegerLength = 32;
    private static readonly BigInteger Order = new(
        Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"), isUnsigned: true, isBigEndian: true);

    private static readonly BigInteger HalfOrder = Order >> 1;

    public static bool IsLowS(ReadOnlySpan<byte> s) => new BigInteger(s, isUnsigned: true, isBigEndian: true) <= HalfOrder;

    public static void MakeLowS(Span<byte> s)
    {
        var value = new BigInteger(s, isUnsigned: true, isBigEndian: true);
        if (value <= HalfOrder)
            return;
        s.Clear();
        var low = (Order - value).ToByteArray(isUnsigned: true, isBigEndian: true);
        low.CopyTo(s[(IntegerLength - low.Length)..]);
    }

    public static byte[] Encode(ReadOnlySpan<byte> fixedForm)
    {
        var r = Integer(fixedForm[..IntegerLength]);
        var s = Integer(fixedForm[IntegerLength..]);
        return [0x30, (byte)(r.Length + s.Length), .. r, .. s];
    }

    public static bool TryDecode(ReadOnlySpan<byte> der, Span<byte> fixedForm)
    {
        if (der.Length is < 8 or > 72 || der[0] != 0x30 || der[1] != der.Length - 2)
            return false;
        var rest = der[2..];
        return TryInteger(ref rest, fixedForm[..IntegerLength]) && TryInteger(ref rest, fixedForm[IntegerLength..]) && rest.IsEmpty;
    }

    private static byte[] Integer(ReadOnlySpan<byte> value)
    {
        var trimmed = value.TrimStart((byte)0);
        if (trimmed.IsEmpty)
            return [0x02, 1, 0];
        return trimmed[0] >= 0x80
            ? [0x02, (byte)(trimmed.Length + 1), 0, .. trimmed]
            : [0x02, (byte)trimmed.Length, .. trimmed];
    }

    private static bool TryInteger(ref ReadOnlySpan<byte> rest, Span<byte> value)
    {
        if (rest.Length < 3 || rest[0] != 0x02 || rest[1] is 0 or > 33 || rest.Length < 2 + rest[1])
            return false;
        var bytes = rest.Slice(2, rest[1]);
        rest = rest[(2 + bytes.Length)..];
        if (bytes[0] >= 0x80)
            return false;
        if (bytes[0] == 0)
        {
            if (bytes.Length == 1 || bytes[1] < 0x80)
                return false;
            bytes = bytes[1..];
        }

        if (bytes.Length > IntegerLength)
            return false;
        value.Clear();
        bytes.CopyTo(value[(IntegerLength - bytes.Length)..]);
        return true;
    }
}
