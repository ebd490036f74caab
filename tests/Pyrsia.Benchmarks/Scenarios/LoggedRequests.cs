using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>
/// What is asked of a network and what comes of it, by number: of forty requests 24 are for images, of which one fails and one gives differing results, ten for Maven
/// versions from upstream, and six for Maven versions from a source that was mapped before. Images share layers, repositories have many tags, artifacts many versions.
/// </summary>
internal sealed class LoggedRequests(TestNetwork network)
{
    private const int Cycle = 40;
    private const int Images = 24;
    private const int Upstream = 34;
    private const int Tags = 25;
    private const int Versions = 12;
    private const int BaseImages = 150;

    private readonly SourceBuilds _builds = new(network);

    /// <summary>The naming rules that this wants.</summary>
    internal static ImmutableArray<NamingRule> Naming { get; } =
        [new("docker:", ArtifactKind.Notarized), new("maven:", ArtifactKind.Notarized), new("maven:org.acme", ArtifactKind.Built)];

    /// <summary>The name of an image by the request's number.</summary>
    internal static string Image(int number) => $"registry.example.org/team{number / Cycle % 40}/service{number / Cycle / Tags}-{number % Cycle}:{(number / Cycle % Tags is 0 ? "latest" : $"1.{number / Cycle % Tags}.0")}";

    /// <summary>The Maven coordinates of what came from upstream, by the request's number.</summary>
    internal static string Gav(int number) => $"org.upstream.group{number / Cycle / Versions % 200}:artifact-{number / Cycle / Versions}-{number % Cycle}:1.{number / Cycle % Versions}.0";

    /// <summary>The entries of a request, in steps that stand in blocks one after the other.</summary>
    internal IReadOnlyList<SignedEntry[]> Make(int number) => (number % Cycle) switch
    {
        0 => Failed(number),
        < Images => Notarized(network.Request(Image(number), Hash($"manifest {number}"), nonce: Text(number)), builder => ImageOutputs(number, builder), number % Cycle == 1 ? 3 : 2, (request, i, outputs) => network.Answer(request, i, outputs)),
        < Upstream => Notarized(network.MavenRequest(Gav(number), Hash($"jar {number}"), nonce: Text(number)), _ => MavenOutputs(number, Gav(number)), 2, network.MavenAnswer),
        _ => Built(number),
    };

    private IReadOnlyList<SignedEntry[]> Failed(int number)
    {
        var request = network.Request(Image(number), Hash($"manifest {number}"), nonce: Text(number));
        return [[request], [.. Enumerable.Range(0, 3).Select(i => network.Failure(request, i, FailureReason.UpstreamUnavailable))]];
    }

    private static IReadOnlyList<SignedEntry[]> Notarized(
        SignedEntry request, Func<int, ImmutableArray<ArtifactOutput>> outputs, int results, Func<SignedEntry, int, ImmutableArray<ArtifactOutput>, (SignedEntry Commitment, SignedEntry Result)> answer)
    {
        var answers = Enumerable.Range(0, 3).Select(i => answer(request, i, outputs(i))).ToArray();
        return [[request], [.. answers.Select(a => a.Commitment)], [.. answers.Take(results).Select(a => a.Result)]];
    }

    private IReadOnlyList<SignedEntry[]> Built(int number)
    {
        var gav = $"org.acme.group{number / Cycle / Versions % 50}:library-{number / Cycle / Versions}-{number % Cycle}:2.{number / Cycle % Versions}.0";
        var outputs = MavenOutputs(number, gav);
        var source = new BuildSource(SourceKind.Git, $"https://git.example.org/acme/library-{number / Cycle / Versions}-{number % Cycle}.git", Hash($"commit {number}").Hex[..BuildSource.CommitLength], $"v2.{number / Cycle % Versions}.0", "");
        var specification = SourceBuilds.Specification with { Artifacts = [new SpecifiedArtifact(Coordinate.OfMaven(gav), [.. outputs.Select(o => o.Name)])], Source = source };
        var proposal = new EntrySigner(network.Asker).Sign(new MappingProposal(
            network.Genesis.ChainId, [Coordinate.OfMaven(gav)], source, network.Asker.PublicKey, TestNetwork.Seed("mapping", Text(number))));
        var request = _builds.Request(specification, nonce: Text(number));
        var answers = Enumerable.Range(0, 3).Select(i => _builds.Answer(request, i, outputs)).ToArray();
        return
        [
            [proposal, .. Enumerable.Range(0, network.Genesis.Quorum).Select(i => _builds.Approve(proposal, i)), request],
            [.. Enumerable.Range(0, 2).Select(i => _builds.Plan(request, i))],
            [.. answers.Select(a => a.Commitment)],
            [.. answers.Take(2).Select(a => a.Result)],
        ];
    }

    /// <summary>A manifest, its configuration, three layers of a base image and two of its own; the results of one in forty differ in one of them.</summary>
    private static ImmutableArray<ArtifactOutput> ImageOutputs(int number, int builder) => ArtifactOutput.InOrder([
        Output($"manifest {number}", "application/vnd.oci.image.manifest.v1+json"),
        Output($"config {number}", "application/vnd.oci.image.config.v1+json"),
        .. Enumerable.Range(0, 3).Select(layer => Output($"base {number % BaseImages} {layer}", "application/vnd.oci.image.layer.v1.tar+gzip")),
        Output($"layer {number}", "application/vnd.oci.image.layer.v1.tar+gzip"),
        Output($"last layer {number} {(number % Cycle == 1 ? builder : 0)}", "application/vnd.oci.image.layer.v1.tar+gzip"),
    ]);

    private static ImmutableArray<ArtifactOutput> MavenOutputs(int number, string gav)
    {
        var version = MavenCoordinates.Parse(gav);
        var file = $"{version.GroupId.Replace('.', '/')}/{version.ArtifactId}/{version.Version}/{version.ArtifactId}-{version.Version}";
        return ArtifactOutput.InOrder([Output($"jar {number}", "application/java-archive", $"{file}.jar"), Output($"pom {number}", "application/xml", $"{file}.pom")]);
    }

    private static ArtifactOutput Output(string content, string mediaType, string name = "")
    {
        var digest = Hash(content);
        return new ArtifactOutput(digest, 200_000 + (digest.GetHashCode() & 0xffff), mediaType, 1 << 18, new TreeHash(Hash(content + " chunks").Bytes), name);
    }

    private static Digest Hash(string text) => Digest.Of(Encoding.UTF8.GetBytes(text));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
