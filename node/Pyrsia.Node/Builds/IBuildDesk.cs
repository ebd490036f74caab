using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Builds;

/// <summary>Where build requests are handed in: this process when it is an authority, else the authorities over the network.</summary>
public interface IBuildDesk
{
    /// <summary>Hands in a signed request. When it is accepted, it is durable at the authority that took it.</summary>
    /// <exception cref="BuildException">Nobody took it, or it was refused.</exception>
    Task<BuildReply> SubmitAsync(SignedEntry request, CancellationToken cancellationToken);

    /// <summary>Where a request stands that the log has no verdict for; null when no authority that answers knows it.</summary>
    Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken);
}
