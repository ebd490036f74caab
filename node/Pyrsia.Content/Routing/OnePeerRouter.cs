using Pyrsia.Contracts;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Routing;

/// <summary>Names one peer, which is known to hold what is looked for.</summary>
internal sealed class OnePeerRouter(PeerId holder) : IContentRouter
{
    public IAsyncEnumerable<PeerId> FindProvidersAsync(Digest digest, CancellationToken cancellationToken) => new[] { holder }.ToAsyncEnumerable();

    public Task ProvideAsync(Digest digest, CancellationToken cancellationToken) => Task.CompletedTask;
}
