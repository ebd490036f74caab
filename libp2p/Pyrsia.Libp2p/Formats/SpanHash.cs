namespace Pyrsia.Libp2p;

/// <summary>Hash code of bytes, keyed per process so that a peer cannot choose colliding keys.</summary>
internal static class SpanHash
{
    public static int Of(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
