using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Pyrsia.Contracts;

/// <summary>A SHA-256 content digest in the form of the OCI image specification: <c>sha256:</c> and 64 lower-case hexadecimal digits.</summary>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests"/>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    /// <summary>Length of the raw digest in bytes.</summary>
    public const int Length = 32;

    private const string Prefix = "sha256:";

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    [InlineArray(Length)]
    private struct Raw
    {
        private byte _first;
    }

    private readonly Raw _raw;

    /// <summary>Takes a digest from its 32 raw bytes.</summary>
    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length) throw new ArgumentException($"A SHA-256 digest has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        Raw raw = default;
        bytes.CopyTo(raw);
        _raw = raw;
    }

    /// <summary>The 32 raw bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _raw;

    /// <summary>The 64 hexadecimal digits, without the algorithm.</summary>
    public string Hex => Convert.ToHexStringLower(Bytes);

    /// <summary>The digest of some bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> raw = stackalloc byte[Length];
        SHA256.HashData(content, raw);
        return new Digest(raw);
    }

    /// <summary>Reads the OCI text form.</summary>
    /// <exception cref="FormatException">The text is not <c>sha256:</c> and 64 lower-case hexadecimal digits.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is no digest: expected sha256: and 64 lower-case hexadecimal digits.");

    /// <summary>Reads the OCI text form; false when it is not exactly that.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || text.Length != Prefix.Length + (2 * Length) || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var hex = text.AsSpan(Prefix.Length);
        if (hex.ContainsAnyExcept(LowerHex)) return false;
        digest = new Digest(Convert.FromHexString(hex));
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Digest other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(Bytes);

    /// <summary>Orders digests by their bytes.</summary>
    public int CompareTo(Digest other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>The OCI text form.</summary>
    public override string ToString() => Prefix + Hex;

    /// <summary>Equality by bytes.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Inequality by bytes.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <summary>Order by bytes.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
