namespace Pyrsia.Libp2p;

/// <summary>What one stream that is served holds of its protocol's memory: so much from its beginning, which is given back when the handler is done, and what its window grows by, which the connection gives back.</summary>
internal sealed class ProtocolMemory(HostResources resources, PeerId peer, string protocol, ProtocolLimits limits) : IWindowBudget, IDisposable
{
    private readonly ResourceScope ofPeer = new(ResourceKind.ProtocolBytes, peer, Protocol: protocol);
    private readonly ResourceScope ofAll = new(ResourceKind.ProtocolBytes, Protocol: protocol);
    private int released;

    public bool TryGrow(long bytes)
    {
        if (TryTake(bytes)) return true;
        resources.Refuse(ResourceKind.ProtocolBytes);
        return false;
    }

    public void Shrink(long bytes) => resources.Accounts.Release([ofPeer, ofAll], bytes);

    /// <summary>Takes what a stream begins with.</summary>
    public bool TryBegin() => TryTake(ProtocolLimits.StreamBytes);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref released, 1) == 0) Shrink(ProtocolLimits.StreamBytes);
    }

    private bool TryTake(long bytes) => resources.Accounts.TryTake([new(ofPeer, limits.BytesPerPeer), new(ofAll, limits.Bytes)], bytes);
}
