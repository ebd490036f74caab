namespace Pyrsia.Libp2p;

/// <summary>Name of a message, for telling a repetition from something new.</summary>
public readonly record struct GossipMessageId
{
    /// <summary>Longest id, in bytes: a peer id of 128 characters and a sequence number fit.</summary>
    public const int MaxLength = 128;

    private readonly byte[]? bytes;

    /// <summary>An id of 1 to <see cref="MaxLength"/> bytes.</summary>
    public GossipMessageId(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxLength);
        this.bytes = bytes.ToArray();
    }

    /// <summary>The id.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Same bytes.</summary>
    public bool Equals(GossipMessageId other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => SpanHash.Of(bytes);

    /// <summary>The bytes in hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(Bytes.Span);
}
