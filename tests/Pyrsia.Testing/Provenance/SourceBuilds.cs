using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Testing.Provenance;

/// <summary>What somebody signs about builds from source in a <see cref="TestNetwork"/>.</summary>
public sealed class SourceBuilds(TestNetwork network)
{
    /// <summary>The main artifact of <see cref="Specification"/>.</summary>
    public const string Lib = "maven:org.acme:lib:1.0";

    /// <summary>Its second artifact.</summary>
    public const string Api = "maven:org.acme:api:1.0";

    /// <summary>The digest of the list of packages in the builder image.</summary>
    public static Digest Packages { get; } = Digest.Of("packages"u8);

    /// <summary>A source at a commit.</summary>
    public static BuildSource Source { get; } = new(SourceKind.Git, "https://git.example.org/acme/lib.git", new string('a', BuildSource.CommitLength), "v1.0", "");

    /// <summary>A build of two artifacts.</summary>
    public static BuildSpecification Specification { get; } = new(
        "maven",
        [
            new SpecifiedArtifact(Lib, ["org/acme/lib/1.0/lib-1.0.jar", "org/acme/lib/1.0/lib-1.0.pom"]),
            new SpecifiedArtifact(Api, ["org/acme/api/1.0/api-1.0.jar"]),
        ],
        Source, new BuildTool("mvn", "3.8.7", 17, ["deploy"], ["-DskipTests"]), Digest.Of("image"u8), BuildEnvironment.Default, null, null);

    /// <summary>The files that the specification names, each with bytes of its own.</summary>
    public static ImmutableArray<ArtifactOutput> Outputs(string contents = "") =>
        ArtifactOutput.InOrder(Specification.Outputs.Select(name => TestLog.Output(name + contents, "application/octet-stream") with { Name = name }));

    /// <summary>A request for the main artifact, or for what is named.</summary>
    public SignedEntry Request(BuildSpecification? specification = null, string? coordinate = null, string nonce = "0")
    {
        var build = specification ?? Specification;
        return new EntrySigner(network.Asker).Sign(new BuildRequest(
            network.Genesis.ChainId, ArtifactKind.Built, coordinate ?? build.Artifacts[0].Coordinate, build.Source.ToString(), build.Digest, [], 1L << 30,
            network.Genesis.Threshold, network.Asker.PublicKey, TestNetwork.Seed("nonce", nonce), build));
    }

    /// <summary>A proposal that both artifacts are built from that source.</summary>
    public SignedEntry Propose(BuildSource? source = null, string nonce = "0") => new EntrySigner(network.Asker).Sign(new MappingProposal(
        network.Genesis.ChainId, [Api, Lib], source ?? Source, network.Asker.PublicKey, TestNetwork.Seed("mapping", nonce)));

    /// <summary>An authority's approval.</summary>
    public SignedEntry Approve(SignedEntry proposal, int authority, int? signer = null) => new EntrySigner(network.VoteKeys[signer ?? authority]).Sign(
        new MappingApproval(network.Genesis.ChainId, new MappingId(proposal.PayloadDigest), network.Genesis.Authorities[authority].Name));

    /// <summary>Proposal and approvals of a quorum.</summary>
    public SignedEntry[] Map(BuildSource? source = null, string nonce = "0")
    {
        var proposal = Propose(source, nonce);
        return [proposal, .. Enumerable.Range(0, network.Genesis.Quorum).Select(i => Approve(proposal, i))];
    }

    /// <summary>What a builder is about to build with.</summary>
    public SignedEntry Plan(SignedEntry request, int builder, DependencyLock? files = null, Func<BuildPlan, BuildPlan>? change = null)
    {
        var specification = ((BuildRequest)request.Body!).Specification!;
        var plan = new BuildPlan(new RequestId(request.PayloadDigest), 1, $"a{builder}", specification.Source.Revision, specification.BuilderImage, 1_700_000_000, files ?? DependencyLock.Empty);
        return new EntrySigner(network.BuilderKeys[builder]).Sign(change?.Invoke(plan) ?? plan);
    }

    /// <summary>A builder's result with the commitment to it.</summary>
    public (SignedEntry Commitment, SignedEntry Result) Answer(SignedEntry request, int builder, ImmutableArray<ArtifactOutput>? outputs = null, DependencyLock? files = null, string? worker = null)
    {
        var asked = (BuildRequest)request.Body!;
        var start = DateTimeOffset.FromUnixTimeSeconds(1_750_000_000 + builder);
        var run = new BuildRun(network.Genesis.ChainId, new RequestId(request.PayloadDigest), 1, network.Genesis.Origin, $"a{builder}", "0.1.0", start, start.AddSeconds(3));
        return network.Commit(builder, new SourceBuildStatement(
            run, asked.Coordinate, asked.Specification!, 1_700_000_000, files ?? DependencyLock.Empty, "bubblewrap", "linux/amd64", Packages, Digest.Of("log"u8), outputs ?? Outputs())
        { Worker = worker });
    }
}
