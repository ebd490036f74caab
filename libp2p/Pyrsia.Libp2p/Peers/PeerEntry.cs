namespace Pyrsia.Libp2p;

/// <summary>What the peer store keeps of one peer.</summary>
internal sealed class PeerEntry
{
    public Dictionary<Multiaddr, DateTimeOffset> Addresses { get; } = [];

    public IReadOnlyList<string> Protocols { get; set; } = [];

    public ReadOnlyMemory<byte>? SignedRecord { get; set; }

    public DateTimeOffset Expires => Addresses.Count == 0 ? DateTimeOffset.MinValue : Addresses.Values.Max();
}
