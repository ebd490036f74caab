using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pyrsia.Libp2p;

/// <summary>The stream cipher Salsa20/20, and XSalsa20, whose nonce is long enough to be drawn by chance. It keeps bytes from strangers and proves nothing of who sent them.
/// https://cr.yp.to/snuffle/spec.pdf, https://cr.yp.to/snuffle/xsalsa-20081128.pdf</summary>
/// <remarks>The state is sixteen words: constants on the diagonal, key, nonce, and the number of the block. Eight blocks are made at once, one a lane.
/// <code>
///  c  k0 k1 k2
///  k3 c  n0 n1
///  b0 b1 c  k4
///  k5 k6 k7 c
/// </code></remarks>
internal sealed class Salsa20
{
    public const int KeyLength = 32;

    /// <summary>Nonce of Salsa20, in bytes.</summary>
    public const int NonceLength = 8;

    /// <summary>Nonce of XSalsa20, in bytes.</summary>
    public const int ExtendedNonceLength = 24;

    private const int Rounds = 20;
    private const int Words = 16;
    private const int BlockLength = 4 * Words;
    private static readonly int Lanes = Vector256<uint>.Count;
    private readonly uint[] state;
    private readonly byte[] stream = new byte[Lanes * BlockLength];
    private int used = Lanes * BlockLength;
    private ulong block;

    /// <summary>Begins a stream of Salsa20.</summary>
    public Salsa20(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceLength);
        state = StateOf(key, [.. nonce, .. new byte[sizeof(ulong)]]);
    }

    /// <summary>Begins a stream of XSalsa20: the first sixteen bytes of the nonce and the key make the key of a Salsa20 with the rest of the nonce.</summary>
    public static Salsa20 Extended(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, ExtendedNonceLength);
        Span<Vector256<uint>> x = stackalloc Vector256<uint>[Words];
        Spread(StateOf(key, nonce[..^NonceLength]), x);
        Mix(x);
        Span<byte> derived = stackalloc byte[KeyLength];
        ReadOnlySpan<int> taken = [0, 5, 10, 15, 6, 7, 8, 9];
        for (var i = 0; i < taken.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(derived[(4 * i)..], x[taken[i]].ToScalar());
        return new Salsa20(derived, nonce[^NonceLength..]);
    }

    /// <summary>Encrypts or decrypts the next bytes of the stream in their place.</summary>
    public void Apply(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (used == stream.Length) Refill();
            var n = Math.Min(bytes.Length, stream.Length - used);
            Xor(bytes[..n], stream.AsSpan(used, n));
            used += n;
            bytes = bytes[n..];
        }
    }

    private static uint[] StateOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength);
        var constants = "expand 32-byte k"u8;
        byte[] bytes = [.. constants[..4], .. key[..16], .. constants[4..8], .. input, .. constants[8..12], .. key[16..], .. constants[12..]];
        var words = new uint[Words];
        for (var i = 0; i < Words; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));
        return words;
    }

    private void Refill()
    {
        Span<Vector256<uint>> x = stackalloc Vector256<uint>[Words];
        Span<Vector256<uint>> start = stackalloc Vector256<uint>[Words];
        Spread(state, start);
        for (var lane = 0; lane < Lanes; lane++, block++)
            (start[8], start[9]) = (start[8].WithElement(lane, unchecked((uint)block)), start[9].WithElement(lane, (uint)(block >> 32)));
        start.CopyTo(x);
        Mix(x);
        for (var i = 0; i < Words; i++)
        {
            var sum = x[i] + start[i];
            for (var lane = 0; lane < Lanes; lane++) BinaryPrimitives.WriteUInt32LittleEndian(stream.AsSpan(lane * BlockLength + 4 * i), sum.GetElement(lane));
        }
        used = 0;
    }

    private static void Spread(ReadOnlySpan<uint> words, Span<Vector256<uint>> x)
    {
        for (var i = 0; i < Words; i++) x[i] = Vector256.Create(words[i]);
    }

    private static void Mix(Span<Vector256<uint>> x)
    {
        for (var i = 0; i < Rounds; i += 2)
        {
            Quarter(ref x[0], ref x[4], ref x[8], ref x[12]);
            Quarter(ref x[5], ref x[9], ref x[13], ref x[1]);
            Quarter(ref x[10], ref x[14], ref x[2], ref x[6]);
            Quarter(ref x[15], ref x[3], ref x[7], ref x[11]);
            Quarter(ref x[0], ref x[1], ref x[2], ref x[3]);
            Quarter(ref x[5], ref x[6], ref x[7], ref x[4]);
            Quarter(ref x[10], ref x[11], ref x[8], ref x[9]);
            Quarter(ref x[15], ref x[12], ref x[13], ref x[14]);
        }
    }

    private static void Quarter(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        var (w, x, y, z) = (a, b, c, d);
        x ^= RotateLeft(w + z, 7);
        y ^= RotateLeft(x + w, 9);
        z ^= RotateLeft(y + x, 13);
        w ^= RotateLeft(z + y, 18);
        (a, b, c, d) = (w, x, y, z);
    }

    private static Vector256<uint> RotateLeft(Vector256<uint> x, int count) => (x << count) | (x >>> (32 - count));

    private static void Xor(Span<byte> bytes, ReadOnlySpan<byte> key)
    {
        var wide = MemoryMarshal.Cast<byte, Vector<byte>>(bytes);
        var wideKey = MemoryMarshal.Cast<byte, Vector<byte>>(key);
        for (var i = 0; i < wide.Length; i++) wide[i] ^= wideKey[i];
        for (var i = wide.Length * Vector<byte>.Count; i < bytes.Length; i++) bytes[i] ^= key[i];
    }
}
