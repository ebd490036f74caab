using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The secret that the members of a private network share: 32 bytes, in a file of the form
/// <c>/key/swarm/psk/1.0.0/</c>, <c>/base16/</c> and 64 hexadecimal digits, each on its line.
/// https://github.com/libp2p/specs/blob/master/pnet/Private-Networks-PSK-V1.md</summary>
public sealed class PreSharedKey
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 32;

    private const string Header = "/key/swarm/psk/1.0.0/";
    private const string Base16 = "/base16/";
    private const string Base64Name = "/base64/";
    private const string Binary = "/bin/";

    /// <summary>Longest file that is read, in bytes: two lines, a key in hexadecimal and three ends of lines.</summary>
    private const int MaxFileLength = 100;

    private readonly byte[] bytes;

    private PreSharedKey(byte[] bytes) => this.bytes = bytes;

    /// <summary>The key itself.</summary>
    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Makes a new key.</summary>
    public static PreSharedKey Generate() => new(RandomNumberGenerator.GetBytes(Length));

    /// <summary>Reads the bytes of a key file; false when they are none.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> file, [NotNullWhen(true)] out PreSharedKey? key)
    {
        key = null;
        if (file.Length > MaxFileLength || !TakeLine(ref file, out var header) || header != Header || !TakeLine(ref file, out var form)) return false;
        var decoded = new byte[Length];
        var digits = form == Binary ? file : TrimEnd(file);
        var (whole, length) = form switch
        {
            Binary when digits.Length == Length => (digits.TryCopyTo(decoded), Length),
            Base16 when digits.Length == 2 * Length => (Convert.FromHexString(digits, decoded, out _, out var n) == System.Buffers.OperationStatus.Done, n),
            Base64Name => (Base64.DecodeFromUtf8(digits, decoded, out _, out var n) == System.Buffers.OperationStatus.Done, n),
            _ => (false, 0),
        };
        if (!whole || length != Length) return false;
        key = new PreSharedKey(decoded);
        return true;
    }

    /// <summary>The bytes of a key file.</summary>
    public byte[] Encode() => Encoding.ASCII.GetBytes($"{Header}\n{Base16}\n{Convert.ToHexStringLower(bytes)}\n");

    /// <summary>A name of the network that gives nothing of the key away, 32 hexadecimal digits. The specification does not say how to make one; this is what Kubo shows.</summary>
    public string Fingerprint()
    {
        var stream = new byte[2 * Length];
        new Salsa20(bytes, "finprint"u8).Apply(stream);
        return Convert.ToHexStringLower(Shake128.HashData(stream, 16));
    }

    private static bool TakeLine(ref ReadOnlySpan<byte> rest, out string line)
    {
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? "" : Encoding.ASCII.GetString(TrimEnd(rest[..end]));
        rest = rest[(end + 1)..];
        return end >= 0;
    }

    private static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> line) => line.TrimEnd("\r\n"u8);
}
