using Pyrsia.Authority.Builds;
using Pyrsia.Builds;
using Pyrsia.Contracts;
using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Tests.Authority;

/// <summary>Builds whose outcome the test decides.</summary>
internal sealed class ScriptedBuilds : ISourceBuilds
{
    internal Func<BuildInputs> Plan { get; set; } = () => new BuildInputs(1_700_000_000, DependencyLock.Empty);

    internal string Contents { get; set; } = "";

    internal int Builds { get; private set; }

    /// <summary>What a build does before it has its result.</summary>
    internal Func<CancellationToken, Task> Work { get; set; } = _ => Task.CompletedTask;

    public BuildOffer? Offer { get; } = new("scripted", "bubblewrap", ["maven"], [SourceBuilds.Specification.BuilderImage.ToString()]);

    public Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<BuildInputs> PlanAsync(RequestState request, CancellationToken cancellationToken) => Task.FromResult(Plan());

    public async Task<ResultStatement> BuildAsync(RequestState request, Func<BuildRun> finish, CancellationToken cancellationToken)
    {
        Builds++;
        await Work(cancellationToken);
        return new SourceBuildStatement(
            finish(), request.Request.Coordinate, request.Request.Specification!, request.Plan!.OutputTimestamp, request.Plan.Lock, "scripted", "test", SourceBuilds.Packages, Digest.Of("log"u8), SourceBuilds.Outputs(Contents));
    }
}
