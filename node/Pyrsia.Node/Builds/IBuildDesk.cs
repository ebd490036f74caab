using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Builds;

/// <summary>Where build requests are handed in: this process when it is an authority, else the authorities over the network.</summary>
public interface IBuildDesk
{
    /// <summary>Hands in a signed request, cancellation, proposal or approval. When it is accepted, it is durable at the authority that took it.</summary>
    /// <exception cref="BuildException">Nobody took it, or it was refused.</exception>
    Task<BuildReply> SubmitAsync(SignedEntry entry, CancellationToken cancellationToken);

    /// <summary>Where a request stands that the log has no verdict for; null when no authority that answers knows it.</summary>
    Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken);

    /// <summary>A piece of a build's log, also while the build runs.</summary>
    /// <param name="request">The request.</param>
    /// <param name="authority">Whose log, by the authority's name; null for any that has one.</param>
    /// <param name="offset">How many bytes are known already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when no authority that answers has such a log.</returns>
    Task<BuildLogPiece?> ReadLogAsync(RequestId request, string? authority, long offset, CancellationToken cancellationToken);

    /// <summary>What the authorities that answer build with.</summary>
    Task<IReadOnlyList<BuildOffer>> OffersAsync(CancellationToken cancellationToken);

    /// <summary>Has this node's log follow at once, for an answer that would otherwise be as old as the mirror's last round.</summary>
    Task CatchUpAsync(CancellationToken cancellationToken);
}
