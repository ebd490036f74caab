using System.Runtime.CompilerServices;

namespace Pyrsia.Consensus;

/// <summary>A 64-byte signature held inline.</summary>
public readonly struct VoteSignature : IEquatable<VoteSignature>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 64;

    private readonly Buffer _bytes;

    /// <summary>Reads a signature from exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">The span is not 64 bytes long.</exception>
    public VoteSignature(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException("A signature is 64 bytes long.", nameof(bytes));
        bytes.CopyTo(_bytes);
    }

    /// <summary>Writes the 64 bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    /// <inheritdoc/>
    public bool Equals(VoteSignature other) => ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VoteSignature other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_bytes[0], _bytes[1], _bytes[2], _bytes[3]);

    /// <summary>Byte-wise equality.</summary>
    public static bool operator ==(VoteSignature left, VoteSignature right) => left.Equals(right);

    /// <summary>Byte-wise inequality.</summary>
    public static bool operator !=(VoteSignature left, VoteSignature right) => !left.Equals(right);

    [InlineArray(Size)]
    private struct Buffer
    {
        private byte _first;
    }
}
