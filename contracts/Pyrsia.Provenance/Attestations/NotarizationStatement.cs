using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Attestations;

/// <summary>A builder fetched an upstream image by the digest that it resolved itself, and saw these files.</summary>
/// <param name="Run">Whose work it is.</param>
/// <param name="Reference">The upstream reference, in its full form.</param>
/// <param name="Registry">The registry host that answered.</param>
/// <param name="ResolvedDigest">What the reference resolved to; one of the outputs.</param>
/// <param name="Platforms">The platforms fetched, as the request names them.</param>
/// <param name="MaxBytes">The limit on bytes, as the request names it.</param>
/// <param name="Outputs">Every manifest, config and layer.</param>
public sealed record NotarizationStatement(
    BuildRun Run, string Reference, string Registry, Digest ResolvedDigest, ImmutableArray<string> Platforms, long MaxBytes,
    ImmutableArray<ArtifactOutput> Outputs) : ResultStatement(Run, Outputs)
{
    /// <summary>The build type of notarized images.</summary>
    public const string OciBuildType = "https://pyrsia.io/build-types/notarize-oci/v1";

    /// <inheritdoc/>
    public override string BuildType => OciBuildType;

    /// <inheritdoc/>
    public override string Coordinate => $"{Entries.Coordinate.Docker}:{Reference}";

    /// <inheritdoc/>
    public override Digest Root => ResolvedDigest;

    /// <inheritdoc/>
    public override bool Answers(BuildRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Reference == request.Reference && ResolvedDigest == request.Digest && MaxBytes == request.MaxBytes && Platforms.SequenceEqual(request.Variants);
    }

    internal static NotarizationStatement Read(StatementParts parts)
    {
        var external = parts.External;
        var reference = BuildRequest.ReadName(external, "reference");
        if (!ImageReference.TryParse(reference, out var image, out _) || image.ToString() != reference)
            throw external.Wrong("reference", "an image reference in its full form");
        return new NotarizationStatement(
            parts.Run, reference, BuildRequest.ReadName(external, "registry"), external.Digest("resolvedDigest"), BuildRequest.ReadVariants(external, "platforms"),
            external.Integer("maxBytes", 1, EntryLimits.MaxTotalBytes), parts.Outputs);
    }

    private protected override CanonicalObject ExternalParameters() => CanonicalObject.Of([
        ("reference", Reference), ("registry", Registry), ("resolvedDigest", ResolvedDigest.ToString()),
        ("platforms", CanonicalArray.Of(Platforms.Select(p => (CanonicalValue)p))), ("maxBytes", MaxBytes)]);

    private protected override CanonicalArray ResolvedDependencies() => CanonicalArray.Of([CanonicalObject.Of([
        ("uri", $"oci://{Registry}/{ImageReference.Parse(Reference).Repository}@{ResolvedDigest}"),
        ("digest", CanonicalObject.Of([("sha256", ResolvedDigest.Hex)]))])]);

    private protected override string SubjectName(ArtifactOutput output) => $"{ImageReference.Parse(Reference).Name}@{output.Digest}";
}
