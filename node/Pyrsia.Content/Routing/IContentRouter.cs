using Pyrsia.Contracts;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Routing;

/// <summary>Finds who has content, and says that this node has it.</summary>
public interface IContentRouter
{
    /// <summary>Peers that say they have the content, the most promising first; ends when no more are known.</summary>
    IAsyncEnumerable<PeerId> FindProvidersAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Announces that this node has the content.</summary>
    Task ProvideAsync(Digest digest, CancellationToken cancellationToken);
}
