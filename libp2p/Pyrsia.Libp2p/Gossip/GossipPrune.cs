using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>Leave to go from a topic's mesh: topicID = 1, peers = 2 {peerID = 1, signedPeerRecord = 2}, backoff = 3 in seconds.
/// https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#protobuf</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Backoff">How long no graft is to come; null from a peer that speaks version 1.0.</param>
/// <param name="Peers">Others in the topic, which the pruned one may turn to, each with a record that is not checked yet.</param>
internal sealed record GossipPrune(string Topic, TimeSpan? Backoff, IReadOnlyList<(PeerId Peer, ReadOnlyMemory<byte> Record)> Peers)
{
    /// <summary>Longest back-off that is obeyed; a longer one counts as this.</summary>
    public static readonly TimeSpan MaxBackoff = TimeSpan.FromHours(1);

    public byte[] Encode()
    {
        var writer = new ProtoWriter().Text(1, Topic);
        foreach (var (peer, record) in Peers) writer.Bytes(2, new ProtoWriter().Bytes(1, peer.Bytes.Span).Bytes(2, record.Span).ToArray());
        if (Backoff is { } backoff) writer.Number(3, (ulong)backoff.TotalSeconds);
        return writer.ToArray();
    }

    /// <summary>False when it is malformed. A peer without a record of its own is left out: nobody is dialed on a third one's word.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out GossipPrune? prune)
    {
        prune = null;
        string? topic = null;
        TimeSpan? backoff = null;
        List<(PeerId, ReadOnlyMemory<byte>)> peers = [];
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1) && !GossipMessage.TryReadTopic(reader.Bytes, out topic)) return false;
            if (reader.IsBytes(2) && peers.Count < GossipRpc.MaxExchangedPeers && ReadPeer(reader.Bytes) is { } peer) peers.Add(peer);
            if (reader.IsNumber(3)) backoff = TimeSpan.FromSeconds(Math.Min(reader.Number, (ulong)MaxBackoff.TotalSeconds));
        }
        if (reader.Failed || topic is null) return false;
        prune = new GossipPrune(topic, backoff, peers);
        return true;
    }

    private static (PeerId, ReadOnlyMemory<byte>)? ReadPeer(ReadOnlySpan<byte> source)
    {
        PeerId id = default;
        byte[] record = [];
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) _ = PeerId.TryDecode(reader.Bytes, out id);
            if (reader.IsBytes(2) && reader.Bytes.Length <= SignedEnvelope.MaxLength) record = reader.Bytes.ToArray();
        }
        return reader.Failed || id.IsEmpty || record.Length == 0 ? null : (id, record);
    }
}
