namespace Pyrsia.Libp2p;

/// <summary>A served protocol with the count of its open streams.</summary>
internal sealed class ProtocolHandler(Func<Libp2pStream, CancellationToken, Task> serve, ProtocolLimits limits)
{
    private readonly Dictionary<PeerId, int> perPeer = [];
    private readonly Lock gate = new();
    private int total;

    public Func<Libp2pStream, CancellationToken, Task> Serve { get; } = serve;

    /// <summary>Served also over limited circuits.</summary>
    public bool AllowLimited => limits.AllowLimited;

    /// <summary>Streams that are served now.</summary>
    public int Open
    {
        get
        {
            lock (gate) return total;
        }
    }

    public bool TryEnter(PeerId peer)
    {
        lock (gate)
        {
            var count = perPeer.GetValueOrDefault(peer);
            if (total >= limits.MaxStreams || count >= limits.MaxStreamsPerPeer) return false;
            total++;
            perPeer[peer] = count + 1;
            return true;
        }
    }

    public void Leave(PeerId peer)
    {
        lock (gate)
        {
            total--;
            if (perPeer[peer] == 1) perPeer.Remove(peer);
            else perPeer[peer]--;
        }
    }
}
