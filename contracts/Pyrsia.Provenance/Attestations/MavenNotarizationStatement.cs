using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Attestations;

/// <summary>A builder fetched one version of a Maven artifact from its upstream repository, and saw these files.</summary>
/// <param name="Run">Whose work it is.</param>
/// <param name="Reference">The version, <c>G:A:V</c>.</param>
/// <param name="Repository">The host of the repository that answered.</param>
/// <param name="ResolvedDigest">The digest of the version's main file: what its pom's packaging names, or the pom itself.</param>
/// <param name="Variants">Further files fetched, as the request names them, such as <c>sources.jar</c>.</param>
/// <param name="MaxBytes">The limit on bytes, as the request names it.</param>
/// <param name="Outputs">Every file, named by its path in the repository layout.</param>
public sealed record MavenNotarizationStatement(
    BuildRun Run, string Reference, string Repository, Digest ResolvedDigest, ImmutableArray<string> Variants, long MaxBytes,
    ImmutableArray<ArtifactOutput> Outputs) : ResultStatement(Run, Outputs)
{
    /// <summary>The build type of notarized Maven artifacts.</summary>
    public const string MavenBuildType = "https://pyrsia.io/build-types/notarize-maven/v1";

    /// <inheritdoc/>
    public override string BuildType => MavenBuildType;

    /// <inheritdoc/>
    public override string Coordinate => Entries.Coordinate.OfMaven(Reference);

    /// <inheritdoc/>
    public override Digest Root => ResolvedDigest;

    private string PackageUrl => MavenCoordinates.Parse(Reference).PackageUrl;

    /// <inheritdoc/>
    public override bool Answers(BuildRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Reference == request.Reference && ResolvedDigest == request.Digest && MaxBytes == request.MaxBytes && Variants.SequenceEqual(request.Variants);
    }

    internal static MavenNotarizationStatement Read(StatementParts parts)
    {
        var external = parts.External;
        var reference = BuildRequest.ReadName(external, "reference");
        if (Entries.Coordinate.ToMaven(Entries.Coordinate.OfMaven(reference)) is null)
            throw external.Wrong("reference", "group:artifact:version");
        var folder = Entries.Coordinate.OutputFolder(Entries.Coordinate.OfMaven(reference))!;
        if (parts.Outputs.Any(o => !o.Name.StartsWith(folder, StringComparison.Ordinal) || o.Name.LastIndexOf('/') != folder.Length - 1))
            throw new MalformedDocumentException($"a subject lies outside {folder}");
        return new MavenNotarizationStatement(
            parts.Run, reference, BuildRequest.ReadName(external, "repository"), external.Digest("resolvedDigest"), BuildRequest.ReadVariants(external, "variants"),
            external.Integer("maxBytes", 1, EntryLimits.MaxTotalBytes), parts.Outputs);
    }

    private protected override CanonicalObject ExternalParameters() => CanonicalObject.Of([
        ("reference", Reference), ("repository", Repository), ("resolvedDigest", ResolvedDigest.ToString()),
        ("variants", CanonicalArray.Of(Variants.Select(v => (CanonicalValue)v))), ("maxBytes", MaxBytes)]);

    private protected override CanonicalArray ResolvedDependencies() => CanonicalArray.Of([CanonicalObject.Of([
        ("uri", $"{PackageUrl}?repository_url={Repository}"),
        ("digest", CanonicalObject.Of([("sha256", ResolvedDigest.Hex)]))])]);

    private protected override string SubjectName(ArtifactOutput output) => output.Name;
}
