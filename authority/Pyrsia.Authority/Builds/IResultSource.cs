using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>Obtains what one kind of request asks for, and says what was seen.</summary>
internal interface IResultSource
{
    /// <summary>Whether it is the one for a request.</summary>
    bool Serves(BuildRequest request);

    /// <summary>Does the work. What it vouches for is in this authority's store then.</summary>
    /// <param name="request">The request.</param>
    /// <param name="finish">Makes the description of the run, whose end is now.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="NotarizationException">It cannot be had, or is not what was asked for.</exception>
    Task<ResultStatement> ObtainAsync(BuildRequest request, Func<BuildRun> finish, CancellationToken cancellationToken);
}
