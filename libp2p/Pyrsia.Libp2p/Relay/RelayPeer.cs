namespace Pyrsia.Libp2p;

/// <summary>The peer of a hop or stop message: id = 1. Its addresses, for relays that dial, are neither sent nor read.</summary>
internal static class RelayPeer
{
    public static byte[] Encode(PeerId peer) => new ProtoWriter().Bytes(1, peer.Bytes.Span).ToArray();

    public static bool TryDecode(ReadOnlySpan<byte> source, out PeerId peer)
    {
        ReadOnlySpan<byte> id = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
            if (reader.IsBytes(1)) id = reader.Bytes;
        return PeerId.TryDecode(id, out peer) && !reader.Failed;
    }
}
