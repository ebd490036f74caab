using System.Runtime.CompilerServices;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Routing;

/// <summary>Finds content by provider records under the multihash of its digest, and at last asks peers that are known to keep everything they vouched for.</summary>
/// <param name="dht">The DHT.</param>
/// <param name="self">This node, which is never named.</param>
/// <param name="lastResort">Peers to name when the DHT has named all it knows.</param>
public sealed class DhtContentRouter(KadDht dht, PeerId self, IReadOnlyList<PeerId> lastResort) : IContentRouter
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<PeerId> FindProvidersAsync(Digest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var named = new HashSet<PeerId> { self };
        await foreach (var provider in dht.FindProvidersAsync(Multihash.FromSha256(digest.Bytes), cancellationToken: cancellationToken))
            if (named.Add(provider.Peer)) yield return provider.Peer;
        foreach (var peer in lastResort)
            if (named.Add(peer)) yield return peer;
    }

    /// <inheritdoc/>
    public Task ProvideAsync(Digest digest, CancellationToken cancellationToken) => dht.ProvideAsync(Multihash.FromSha256(digest.Bytes), cancellationToken);
}
