namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Several hostile peers, by what they have; they end together.</summary>
public sealed class HostilePeers : IAsyncDisposable
{
    private readonly Dictionary<string, HostilePeer> _peers = new(StringComparer.Ordinal);

    /// <summary>The one that has something.</summary>
    public HostilePeer this[string what] => _peers[what];

    /// <summary>Takes one in.</summary>
    public void Add(string what, HostilePeer peer) => _peers.Add(what, peer);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers.Values) await peer.DisposeAsync();
    }
}
