using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Curve25519;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Node.Builds;

/// <summary>
/// Asks the authorities to build from source. Where a mapping says that a coordinate is built from exactly that source, the result answers to it; where none does,
/// one is proposed and the result answers to its own specification only; where one says otherwise, nothing is asked for.
/// </summary>
public sealed class SourceBuildService(LogView? log, IBuildDesk? desk, MappingService mappings, Ed25519PrivateKey askerKey)
{
    /// <summary>Whether a request is about source: it says so, or the naming rules do.</summary>
    public bool Serves(BuildMavenRequest request) =>
        request is not { Source: null, Specification: null }
        || (MavenCoordinates.TryParse(request.Gav, out var gav, out _) && log?.Network.Genesis.KindOf(Coordinate.Of(gav)) == ArtifactKind.Built);

    /// <summary>Whether a request for an image is about source: it says so, or the naming rules do.</summary>
    public bool Serves(BuildDockerRequest request) =>
        request is not { Source: null, Dockerfile: null, Assembly: null } || (ImageReference.TryParse(request.Image, out var image, out _) && log?.Network.Genesis.KindOf(Coordinate.Of(image)) == ArtifactKind.Built);

    /// <summary>Hands in a request for a Maven version, or for what a specification says.</summary>
    /// <exception cref="BuildException">The request was not taken; the message says why.</exception>
    public async Task<BuildStarted> StartAsync(BuildMavenRequest request, CancellationToken cancellationToken)
    {
        if (log is null || desk is null) throw NoNetwork();
        if (request.Specification is null) return await StartAsync(log, desk, await DraftAsync(log, desk, request, cancellationToken), request.MaxBytes, cancellationToken);
        var specification = SpecificationDraft.Whole(request);
        await CatchUpAsync(log, desk, specification.Artifacts.Select(a => a.Coordinate), cancellationToken);
        return await StartAsync(log, desk, specification, request.MaxBytes, cancellationToken);
    }

    /// <summary>Hands in a request for an image that is built of a Dockerfile, or put together of an artifact.</summary>
    /// <exception cref="BuildException">The request was not taken; the message says why.</exception>
    public async Task<BuildStarted> StartAsync(BuildDockerRequest request, CancellationToken cancellationToken)
    {
        if (log is null || desk is null) throw NoNetwork();
        if (!ImageReference.TryParse(request.Image, out var image, out var error)) throw new BuildException(BuildRefusal.Invalid, error);
        if (image.Digest is not null) throw new BuildException(BuildRefusal.Invalid, "An image that is built from source is named by its tag: its digest is what the builders find.");
        if (request.Platforms is not null) throw new BuildException(BuildRefusal.Invalid, "Platforms are those of what is notarized; an image is built for the builders' own.");
        await CatchUpAsync(log, desk, [Coordinate.Of(image)], cancellationToken);
        var source = Complete(log, SpecificationDraft.Source(await RevisedAsync(log, desk, request, cancellationToken)), Coordinate.Of(image), $"{image}", $"pyrsia build docker --image {image} --source URL --ref REF");
        Require(log, [Coordinate.Of(image)], source);
        var builder = await ImageAsync(log.Network.Genesis, desk, Coordinate.Docker, request.BuilderImage, cancellationToken);
        return await StartAsync(log, desk, SpecificationDraft.Image(request, image, source, source.Kind == SourceKind.Artifact ? LoggedArtifact.Find(log, source) : null, builder), request.MaxBytes, cancellationToken);
    }

    /// <summary>The artifact may have been verified a moment ago.</summary>
    private static async Task<BuildDockerRequest> RevisedAsync(LogView log, IBuildDesk desk, BuildDockerRequest request, CancellationToken cancellationToken)
    {
        if (request is not { Source: { } source, Revision: null } || !BuildSource.IsArtifact(source)) return request;
        if (log.Index.Resolve(source) is null) await desk.CatchUpAsync(cancellationToken);
        return request with { Revision = LoggedArtifact.RevisionOf(log, source) };
    }

    private static BuildException NoNetwork() => new(BuildRefusal.NoNetwork, "This node has no network file, so it knows no authority; start it with --network FILE.");

    private async Task<BuildStarted> StartAsync(LogView log, IBuildDesk desk, BuildSpecification specification, long? maxBytes, CancellationToken cancellationToken)
    {
        var names = specification.Artifacts.Select(a => a.Coordinate).ToArray();
        Require(log, names, specification.Source);
        var unmapped = names.Where(name => log.Index.Mappings.Find(name) is null).ToArray();
        var coordinate = unmapped.Length == 0 ? names[0] : Coordinate.OfSource(specification.Digest);
        var proposal = unmapped.Length == 0 ? null : await mappings.ProposeAsync(unmapped, specification.Source, cancellationToken);
        if (Known(log, coordinate, specification.Digest, proposal) is { } known) return known;
        var entry = Sign(log.Network.Genesis, coordinate, specification, maxBytes ?? BuildService.DefaultMaxBytes);
        var reply = await desk.SubmitAsync(entry, cancellationToken);
        var what = reply.Quorum ? "The authorities build it now." : "There is no quorum of authorities now; the request is kept and goes on when there is.";
        return new BuildStarted(new RequestId(entry.PayloadDigest).ToString(), what + Next(proposal, coordinate), reply.Quorum, AlreadyLogged: false, coordinate, proposal?.MappingId);
    }

    /// <summary>Makes the specification of a request's parts, the source from the mapping where the request names none.</summary>
    private static async Task<BuildSpecification> DraftAsync(LogView log, IBuildDesk desk, BuildMavenRequest request, CancellationToken cancellationToken)
    {
        if (!MavenCoordinates.TryParse(request.Gav, out var gav, out var error)) throw new BuildException(BuildRefusal.Invalid, error);
        if (request.Variants is not null) throw new BuildException(BuildRefusal.Invalid, "Variants are files of what is notarized; of what is built from source, name every file by its path in outputs.") { Advice = "Such as org/acme/lib/1.0/lib-1.0-sources.jar." };
        var artifacts = SpecificationDraft.Artifacts(gav, request.Outputs);
        await CatchUpAsync(log, desk, artifacts.Select(a => a.Coordinate), cancellationToken);
        var source = Complete(log, SpecificationDraft.Source(request), Coordinate.Of(gav), $"{gav}", $"pyrsia build maven --gav {gav} --source URL --ref REF");
        Require(log, [.. artifacts.Select(a => a.Coordinate)], source);
        return SpecificationDraft.Join(request, artifacts, source, await ImageAsync(log.Network.Genesis, desk, Coordinate.Maven, request.BuilderImage, cancellationToken));
    }

    /// <summary>A mapping that was approved a moment ago may stand in the log of the authorities only.</summary>
    private static async Task CatchUpAsync(LogView log, IBuildDesk desk, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        if (names.Any(name => log.Index.Mappings.Find(name) is null)) await desk.CatchUpAsync(cancellationToken);
    }

    /// <summary>The source that a request names, or where it names none or no tag, what a mapping says.</summary>
    private static BuildSource Complete(LogView log, BuildSource? named, string coordinate, string name, string howToName)
    {
        var mapped = log.Index.Mappings.Find(coordinate)?.Source;
        var source = named ?? mapped
            ?? throw new BuildException(BuildRefusal.Invalid, $"By this network's naming rules {name} is built from source, and what an upstream has answers for nothing; no mapping says yet from which source.") { Advice = $"Name it: {howToName}" };
        // A tag is informational: who leaves it out means the mapping's.
        return source.Tag is null && mapped is not null && source == mapped with { Tag = null } ? mapped : source;
    }

    /// <summary>What is known to fail is refused here, with words, before anybody is asked.</summary>
    private static void Require(LogView log, string[] names, BuildSource source)
    {
        MappingService.RequireBuilt(log.Network.Genesis, names, source);
        foreach (var name in names)
        {
            if (log.Index.Mappings.Find(name) is { } mapped && mapped.Source != source)
                throw new BuildException(BuildRefusal.OtherSource, $"{name} is built from {MappingService.Describe(mapped.Source)}, by mapping {mapped.Proposal}, and not from {MappingService.Describe(source)}.");
        }
    }

    /// <summary>The builder image: the one that most organisations have, when that are as many as must agree.</summary>
    private static async Task<Digest> ImageAsync(GenesisDocument genesis, IBuildDesk desk, string type, string? named, CancellationToken cancellationToken)
    {
        if (named is not null) return Digest.TryParse(named, out var digest) ? digest : throw new BuildException(BuildRefusal.Invalid, $"'{named}' is no digest of a builder image.") { Advice = "Write it as sha256:HEX; pyrsia-authority builder make prints it." };
        var offers = (await desk.OffersAsync(cancellationToken)).Where(o => o.PackageTypes.Contains(type)).ToArray();
        var images = from offer in offers
                     let organisation = genesis.FindBuilder(offer.Authority)?.Organisation
                     where organisation is not null
                     from image in offer.BuilderImages.Distinct(StringComparer.Ordinal)
                     where Digest.TryParse(image, out _)
                     group organisation by image into found
                     orderby found.Distinct(StringComparer.Ordinal).Count() descending, found.Key
                     select (Digest: Digest.Parse(found.Key), Organisations: found.Distinct(StringComparer.Ordinal).Count());
        var best = images.FirstOrDefault();
        return best.Organisations >= genesis.Threshold
            ? best.Digest
            : throw new BuildException(BuildRefusal.NoBuilder, $"{genesis.Threshold} organisations must build with the same builder image; of the authorities that answer, {offers.Length} build packages of type {type} from source, at most {best.Organisations} with the same image.");
    }

    /// <summary>What the log has, or what is under way, for exactly this specification.</summary>
    private static BuildStarted? Known(LogView log, string coordinate, Digest specification, MappingSubmitted? proposal)
    {
        var about = log.Index.About(coordinate);
        foreach (var request in about.Where(e => e.Type == EntryType.BuildRequest && e.Root == specification).Reverse())
        {
            var verdict = log.Index.Of(request.Request).LastOrDefault(e => e.Type.IsVerdict());
            if (verdict is null) return new BuildStarted(request.Request.ToString(), "The same is asked for already." + Next(proposal, coordinate), Quorum: true, AlreadyLogged: false, coordinate, proposal?.MappingId);
            if (verdict.Type == EntryType.Verified)
                return new BuildStarted(request.Request.ToString(), $"{coordinate} is in the log already, at index {verdict.Index}, with digest {verdict.Root}." + Next(proposal, coordinate), Quorum: true, AlreadyLogged: true, coordinate, proposal?.MappingId);
        }
        return null;
    }

    private static string Next(MappingSubmitted? proposal, string coordinate) => proposal is null
        ? ""
        : $" No mapping names this source yet, so the result answers to {coordinate} only. Mapping {proposal.MappingId} proposes it: {proposal.Message} An operator approves with: pyrsia mapping approve {proposal.MappingId} --keys DIR; then ask again.";

    private SignedEntry Sign(GenesisDocument genesis, string coordinate, BuildSpecification specification, long maxBytes)
    {
        try
        {
            return new EntrySigner(askerKey).Sign(new BuildRequest(
                genesis.ChainId, ArtifactKind.Built, coordinate, specification.Source.ToString(), specification.Digest, [], maxBytes, genesis.Threshold, askerKey.PublicKey,
                RandomNumberGenerator.GetBytes(EntryLimits.NonceLength), specification));
        }
        catch (ArgumentException e)
        {
            throw new BuildException(BuildRefusal.Invalid, $"The request is malformed: {e.Message}", e);
        }
    }
}
