using Pyrsia.Builds;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Builds;

/// <summary>Builds what requests ask to have built from source.</summary>
internal interface ISourceBuilds
{
    /// <summary>What this authority builds with; null when it builds nothing from source.</summary>
    BuildOffer? Offer { get; }

    /// <summary>Builds that can be under way at once: one machine is not faster with more.</summary>
    int AtOnce => 4;

    /// <summary>Tries whether there is a sandbox, where this authority is to build, and makes it ready for the images that are here.</summary>
    /// <exception cref="SandboxException">There is none that works.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Finds out what a build is made with.</summary>
    /// <exception cref="BuildFailureException">It cannot be built, or not here.</exception>
    Task<BuildInputs> PlanAsync(RequestState request, CancellationToken cancellationToken);

    /// <summary>Builds with what the builders agreed on. What it vouches for is in this authority's store then.</summary>
    /// <param name="request">A request that has a plan.</param>
    /// <param name="finish">Makes the description of the run, whose end is now.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="BuildFailureException">It cannot be built, or not here.</exception>
    Task<ResultStatement> BuildAsync(RequestState request, Func<BuildRun> finish, CancellationToken cancellationToken);
}
