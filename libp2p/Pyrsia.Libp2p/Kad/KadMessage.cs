using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>The DHT's protobuf: type = 1, key = 2, closerPeers = 8, providerPeers = 9; a peer is id = 1, addrs = 2, connection = 3.
/// https://github.com/libp2p/specs/blob/master/kad-dht/README.md#rpc-messages</summary>
internal sealed record KadMessage(KadMessageType Type, ReadOnlyMemory<byte> Key)
{
    /// <summary>Longest message, in bytes: 40 peers with 8 addresses each fit twice over.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Longest key, in bytes.</summary>
    public const int MaxKeyLength = 256;

    /// <summary>Peers that are read of one list; a correct answer has at most k.</summary>
    public const int MaxPeers = 64;

    /// <summary>Addresses that are read or sent of one peer.</summary>
    public const int MaxAddresses = 16;

    public IReadOnlyList<PeerAddresses> CloserPeers { get; init; } = [];

    public IReadOnlyList<PeerAddresses> ProviderPeers { get; init; } = [];

    public byte[] Encode()
    {
        var writer = new ProtoWriter().Number(1, (ulong)Type).OptionalBytes(2, Key.Span);
        foreach (var peer in CloserPeers) writer.Bytes(8, EncodePeer(peer));
        foreach (var peer in ProviderPeers) writer.Bytes(9, EncodePeer(peer));
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out KadMessage? message)
    {
        message = null;
        if (source.Length > MaxLength) return false;
        ulong type = 0;
        byte[] key = [];
        List<PeerAddresses> closer = [], providers = [];
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) type = reader.Number;
            else if (reader.IsBytes(2) && reader.Bytes.Length <= MaxKeyLength) key = reader.Bytes.ToArray();
            else if (reader.IsBytes(2)) return false;
            else if (reader.IsBytes(8) && closer.Count < MaxPeers && DecodePeer(reader.Bytes) is { } near) closer.Add(near);
            else if (reader.IsBytes(9) && providers.Count < MaxPeers && DecodePeer(reader.Bytes) is { } provider) providers.Add(provider);
        }
        if (reader.Failed || type > (ulong)KadMessageType.Ping) return false;
        message = new KadMessage((KadMessageType)type, key) { CloserPeers = closer, ProviderPeers = providers };
        return true;
    }

    private static byte[] EncodePeer(PeerAddresses peer)
    {
        var writer = new ProtoWriter().Bytes(1, peer.Peer.Bytes.Span);
        foreach (var address in peer.Addresses.Take(MaxAddresses)) writer.Bytes(2, address.Bytes.Span);
        return writer.ToArray();
    }

    /// <summary>Null for a peer whose id is malformed: it is left out, the others count.</summary>
    private static PeerAddresses? DecodePeer(ReadOnlySpan<byte> source)
    {
        PeerId? id = null;
        var addresses = new List<Multiaddr>();
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1) && PeerId.TryDecode(reader.Bytes, out var decoded)) id = decoded;
            else if (reader.IsBytes(2) && addresses.Count < MaxAddresses && Multiaddr.TryDecode(reader.Bytes, out var address)) addresses.Add(address.WithoutPeerId());
        }
        return reader.Failed || id is null ? null : new PeerAddresses(id.Value, addresses);
    }
}
