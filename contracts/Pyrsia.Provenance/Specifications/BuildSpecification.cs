using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Provenance.Specifications;

/// <summary>
/// How an artifact is made from source, declared and never scripted: a builder that holds this document, the source and the locked
/// dependencies needs to know nothing else. Its canonical form hashes to <see cref="Digest"/>. See docs/protocols/build-specification.md.
/// </summary>
/// <param name="PackageType">The kind of package, such as <c>maven</c>: which plug-in builds it.</param>
/// <param name="Artifacts">What it makes; the first is the main one.</param>
/// <param name="Source">What it is made from.</param>
/// <param name="Tool">What makes it; null where the package type needs no tool.</param>
/// <param name="BuilderImage">The digest of the builder image.</param>
/// <param name="Environment">What the build sees of its surroundings.</param>
/// <param name="OutputTimestamp">The time in what is made, in seconds since 1970; null for the commit's own.</param>
/// <param name="Lock">The digest that the dependency lock must have; null to let the builders agree on one.</param>
public sealed record BuildSpecification(
    string PackageType, ImmutableArray<SpecifiedArtifact> Artifacts, BuildSource Source, BuildTool? Tool, Digest BuilderImage,
    BuildEnvironment Environment, long? OutputTimestamp, Digest? Lock)
{
    /// <summary>Longest specification, in bytes: in a request it stands in the log's leaf.</summary>
    public const int MaxBytes = 24 * 1024;

    /// <summary>Most artifacts: the modules of a large build.</summary>
    public const int MaxArtifacts = 128;

    /// <summary>Most files of one artifact.</summary>
    public const int MaxOutputs = 64;

    private const string ApiVersion = "1";
    private const string Kind = "pyrsia-build-specification";

    /// <summary>Of an image the Dockerfile, by its path in the folder that is built; null of everything else.</summary>
    public string? Dockerfile { get; init; }

    /// <summary>Of an image that is put together from its source, a built artifact, what goes where; null of everything else.</summary>
    public ImageAssembly? Assembly { get; init; }

    /// <summary>SHA-256 of the canonical document.</summary>
    public Digest Digest => Digest.Of(ToBytes());

    /// <summary>Every file that counts.</summary>
    public IEnumerable<string> Outputs => Artifacts.SelectMany(a => a.Outputs);

    /// <summary>Whether these are what a build makes: every file that is named here, and beside them only such as are named by their content.</summary>
    public bool AreOutputs(IReadOnlyCollection<(string Name, Digest Digest)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var named = Outputs.ToHashSet(StringComparer.Ordinal);
        return files.Select(f => f.Name).Distinct(StringComparer.Ordinal).Count() == files.Count && files.Count(f => named.Contains(f.Name)) == named.Count
            && files.All(f => named.Contains(f.Name) || Artifacts.Any(artifact => PackageNames.Split(artifact.Coordinate) is var (names, name) && names.IsNamedByContent(name, f.Name, f.Digest)));
    }

    /// <summary>The canonical document.</summary>
    public byte[] ToBytes() => ToJson().ToBytes();

    /// <inheritdoc/>
    public bool Equals(BuildSpecification? other) => other is not null && ToBytes().AsSpan().SequenceEqual(other.ToBytes());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, BuilderImage, Artifacts.Length);

    /// <summary>Reads a specification that a person wrote, in any spelling of JSON; the error says which field is wrong and how.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out BuildSpecification? specification, [NotNullWhen(false)] out string? error)
    {
        specification = null;
        try
        {
            if (bytes.Length > MaxBytes)
                throw new MalformedDocumentException($"longer than {MaxBytes} bytes");
            using var json = JsonValues.Parse(bytes);
            specification = Read(new FieldReader(JsonValues.ToCanonical(json.RootElement), ""));
            error = null;
            return true;
        }
        catch (JsonException e)
        {
            error = $"build specification: not JSON: {e.Message}";
        }
        catch (MalformedDocumentException e)
        {
            error = $"build specification: {e.Message}";
        }

        return false;
    }

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("apiVersion", ApiVersion), ("kind", Kind), ("packageType", PackageType), ("artifacts", CanonicalArray.Of(Artifacts.Select(a => a.ToJson()))),
        ("source", Source.ToJson()), ("tool", Tool?.ToJson()), ("builderImage", BuilderImage.ToString()), ("environment", Environment.ToJson()),
        ("outputTimestamp", OutputTimestamp is { } time ? new CanonicalInteger(time) : null),
        ("lock", Lock is { } digest ? new CanonicalString(digest.ToString()) : null),
        ("dockerfile", Dockerfile is null ? null : new CanonicalString(Dockerfile)), ("assembly", Assembly?.ToJson())]);

    /// <summary>Reads a specification to its end.</summary>
    internal static BuildSpecification Read(FieldReader reader)
    {
        reader.Constant("apiVersion", ApiVersion);
        reader.Constant("kind", Kind);
        var specification = new BuildSpecification(
            BuildRequest.ReadName(reader, "packageType"), reader.Array("artifacts", MaxArtifacts, SpecifiedArtifact.Read), reader.Object("source", BuildSource.Read),
            reader.Has("tool") ? reader.Object("tool", BuildTool.Read) : null, reader.Digest("builderImage"),
            reader.Has("environment") ? reader.Object("environment", BuildEnvironment.Read) : BuildEnvironment.Default,
            reader.Has("outputTimestamp") ? reader.Integer("outputTimestamp", 0, int.MaxValue) : null, reader.Has("lock") ? reader.Digest("lock") : null)
        {
            Dockerfile = reader.Has("dockerfile") ? reader.String("dockerfile", EntryLimits.MaxWordLength) : null,
            Assembly = reader.Has("assembly") ? reader.Object("assembly", ImageAssembly.Read) : null,
        };
        reader.End();
        if (specification.Dockerfile is { } dockerfile && !ArtifactOutput.IsName(dockerfile))
            throw reader.Wrong("dockerfile", "a relative path of printable ASCII");
        if (specification.Assembly is null == (specification.Source.Kind == SourceKind.Artifact))
            throw reader.Wrong("assembly", "there where the source is an artifact, and only there");
        if (specification.Assembly is { } assembly && Coordinate.OutputFolder(specification.Source.Url) is var folder && !assembly.Files.All(file => file.Output.StartsWith(folder!, StringComparison.Ordinal)))
            throw reader.Wrong("assembly", $"made of files of {specification.Source.Url}, whose paths begin with {folder}");
        var names = specification.Artifacts.Select(a => a.Coordinate).ToArray();
        if (names.Length == 0 || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            throw reader.Wrong("artifacts", "one at least, each coordinate once");
        if (specification.Outputs.Distinct(StringComparer.Ordinal).Count() != specification.Outputs.Count())
            throw reader.Wrong("artifacts", "without a file that stands in two of them");
        return specification.ToBytes().Length <= MaxBytes ? specification : throw new MalformedDocumentException($"longer than {MaxBytes} bytes");
    }
}
