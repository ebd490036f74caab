using System.Collections.Concurrent;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Exchange;

/// <summary>Bytes of content exchanged since the start, in all and with each peer.</summary>
public sealed class TransferCounters
{
    /// <summary>Peers that are counted apart; bytes of further ones count in the sums only, so that strangers cannot fill memory.</summary>
    private const int MaxPeers = 4096;

    private readonly ConcurrentDictionary<PeerId, (long In, long Out)> _peers = new();
    private long _in;
    private long _out;

    /// <summary>Verified bytes received.</summary>
    public long BytesIn => Interlocked.Read(ref _in);

    /// <summary>Bytes sent.</summary>
    public long BytesOut => Interlocked.Read(ref _out);

    /// <summary>The bytes by peer.</summary>
    public IReadOnlyDictionary<PeerId, (long In, long Out)> Peers => _peers;

    /// <summary>Counts verified bytes received.</summary>
    public void Received(PeerId peer, long bytes)
    {
        Interlocked.Add(ref _in, bytes);
        Count(peer, bytes, 0);
    }

    /// <summary>Counts bytes sent.</summary>
    public void Sent(PeerId peer, long bytes)
    {
        Interlocked.Add(ref _out, bytes);
        Count(peer, 0, bytes);
    }

    private void Count(PeerId peer, long bytesIn, long bytesOut)
    {
        if (_peers.Count < MaxPeers || _peers.ContainsKey(peer)) _peers.AddOrUpdate(peer, (bytesIn, bytesOut), (_, c) => (c.In + bytesIn, c.Out + bytesOut));
    }
}
