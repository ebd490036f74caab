using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Provenance.Attestations;

/// <summary>A builder built artifacts from source. With what stands here anybody can repeat it.</summary>
/// <param name="Run">Whose work it is.</param>
/// <param name="Coordinate">What the request named: the specification's first artifact, or <c>src/</c> and the specification's digest.</param>
/// <param name="Specification">How it was built.</param>
/// <param name="OutputTimestamp">The time in what was made, in seconds since 1970, as the builders agreed.</param>
/// <param name="Lock">The files that the build used, as the builders agreed.</param>
/// <param name="Sandbox">What held the build, such as <c>bubblewrap</c>.</param>
/// <param name="Platform">Kernel and architecture of the machine.</param>
/// <param name="Packages">The digest of the list of packages in the builder image.</param>
/// <param name="Log">The digest of the build's log.</param>
/// <param name="Outputs">Exactly the files that the specification names, and those that are named by their content.</param>
public sealed record SourceBuildStatement(
    BuildRun Run, string Coordinate, BuildSpecification Specification, long OutputTimestamp, DependencyLock Lock, string Sandbox, string Platform, Digest Packages, Digest Log,
    ImmutableArray<ArtifactOutput> Outputs) : ResultStatement(Run, Outputs)
{
    /// <summary>The build type of artifacts built from source.</summary>
    public const string SourceBuildType = "https://pyrsia.io/build-types/source/v1";

    private const string PackagesName = "builder-packages.json";
    private const string LogName = "build.log";
    private const string SizeKey = "io.pyrsia.size";

    /// <summary>Dependencies before the locked files: the source, the builder image, its packages.</summary>
    private const int FixedDependencies = 3;

    /// <summary>The peer id of the machine that built it, where that is not the builder's own: the builder answers for it. Nothing that builders agree on.</summary>
    public string? Worker { get; init; }

    /// <inheritdoc/>
    public override string BuildType => SourceBuildType;

    /// <inheritdoc/>
    public override string Coordinate { get; } = Coordinate;

    /// <inheritdoc/>
    public override Digest Root => MainOf(Specification.Artifacts[0]);

    /// <inheritdoc/>
    public override ImmutableArray<NamedRoot> AlsoNames => Entries.Coordinate.IsSource(Coordinate)
        ? []
        : [.. Specification.Artifacts.Skip(1).Select(a => new NamedRoot(a.Coordinate, MainOf(a))).OrderBy(n => n.Coordinate, StringComparer.Ordinal)];

    /// <summary>What was agreed before the build: see <see cref="BuildPlan.Content"/>.</summary>
    public Digest PlanContent => new BuildPlan(Run.Request, Run.Attempt, Run.Builder, Specification.Source.Revision, Specification.BuilderImage, OutputTimestamp, Lock).Content;

    /// <inheritdoc/>
    public override bool Answers(BuildRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Specification is { } asked && asked.Equals(Specification) && Coordinate == request.Coordinate;
    }

    internal static SourceBuildStatement Read(StatementParts parts)
    {
        var specification = BuildSpecification.Read(parts.External.Object("specification"));
        var coordinate = BuildRequest.ReadName(parts.External, "coordinate");
        if (coordinate != specification.Artifacts[0].Coordinate && coordinate != Entries.Coordinate.OfSource(specification.Digest))
            throw parts.External.Wrong("coordinate", "the specification's first artifact, or src/ and its digest");
        if (!specification.AreOutputs([.. parts.Outputs.Select(o => (o.Name, o.Digest))]))
            throw new MalformedDocumentException("the subjects are not exactly the files that the specification names, and those that are named by their content");
        var byproducts = parts.RunDetails.Array("byproducts", 1, reader => ReadNamed(reader, LogName));
        var (packages, files) = ReadDependencies(parts.Dependencies);
        return new SourceBuildStatement(
            parts.Run, coordinate, specification, parts.Internals.Integer("outputTimestamp", 0, int.MaxValue), files,
            BuildRequest.ReadName(parts.Internals, "sandbox"), BuildRequest.ReadName(parts.Internals, "platform"), packages,
            byproducts is [var log] ? log : throw new MalformedDocumentException("there must be one byproduct, the build's log"), parts.Outputs)
        {
            Worker = parts.Internals.Has("worker") ? BuildRequest.ReadName(parts.Internals, "worker") : null,
        };
    }

    private Digest MainOf(SpecifiedArtifact artifact) => Outputs.First(o => o.Name == artifact.Outputs[0]).Digest;

    private static Digest ReadNamed(FieldReader reader, string name)
    {
        reader.Constant("name", name);
        return reader.Object("digest", d => d.Hex("sha256"));
    }

    /// <summary>Source and image stand in the specification; that they are repeated truly is seen when the statement is written again.</summary>
    private static (Digest Packages, DependencyLock Lock) ReadDependencies(CanonicalValue value)
    {
        if (value is not CanonicalArray { Items: { Length: >= FixedDependencies and <= FixedDependencies + DependencyLock.MaxFiles } items })
            throw new MalformedDocumentException("the dependencies are not source, builder image, packages and the locked files");
        var packages = ReadNamed(new FieldReader(items[FixedDependencies - 1], "resolvedDependencies"), PackagesName);
        return (packages, DependencyLock.Create([.. items.Skip(FixedDependencies).Select(item =>
        {
            var reader = new FieldReader(item, "resolvedDependencies");
            var annotations = reader.Object("annotations");
            return new LockedFile(
                reader.String("name", EntryLimits.MaxCoordinateLength), reader.Object("digest", d => d.Hex("sha256")), annotations.Integer(SizeKey, 0, Chunks.ChunkLayout.MaxLength));
        })]));
    }

    private protected override CanonicalObject ExternalParameters() => CanonicalObject.Of([("coordinate", Coordinate), ("specification", Specification.ToJson())]);

    private protected override IEnumerable<(string Name, CanonicalValue? Value)> InternalParameters() => [
        ("outputTimestamp", OutputTimestamp), ("sandbox", Sandbox), ("platform", Platform), ("worker", Worker is null ? null : new CanonicalString(Worker))];

    private protected override CanonicalArray ResolvedDependencies() => CanonicalArray.Of([
        Dependency(Specification.Source.ToString(), Specification.Source.Kind == SourceKind.Git ? "gitCommit" : "sha256", Specification.Source.Revision),
        Dependency($"pyrsia://{Run.Origin}/builder-images/{Specification.BuilderImage}", "sha256", Specification.BuilderImage.Hex),
        Named(PackagesName, Packages),
        .. Lock.Files.Select(file => Named(file.Path, file.Digest, CanonicalObject.Of([(SizeKey, file.Size)])))]);

    private protected override CanonicalArray Byproducts() => CanonicalArray.Of([Named(LogName, Log)]);

    private protected override string SubjectName(ArtifactOutput output) => output.Name;

    private static CanonicalObject Named(string name, Digest digest, CanonicalObject? annotations = null) =>
        CanonicalObject.Of([("name", name), ("digest", CanonicalObject.Of([("sha256", digest.Hex)])), ("annotations", annotations)]);

    private static CanonicalObject Dependency(string uri, string algorithm, string value) =>
        CanonicalObject.Of([("uri", uri), ("digest", CanonicalObject.Of([(algorithm, value)]))]);
}
