using Pyrsia.Builds.Images;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>
/// Images, each of a Dockerfile of its source or of the files of a built artifact, on base images that the log has verified. What builds a Dockerfile is this machine's Docker engine or buildah; the image is put
/// together by nobody but the builder.
/// </summary>
public sealed class DockerPackageType : IPackageType
{
    private readonly DockerNames _names = new();

    /// <inheritdoc/>
    public IPackageNames Names => _names;

    /// <inheritdoc/>
    public bool IsBuilt => true;

    /// <inheritdoc/>
    public bool BuildsImages => true;

    /// <inheritdoc/>
    public string? DescriptionOf(string name) => null;

    /// <inheritdoc/>
    public SourceHint? ResolveSource(string name, ReadOnlyMemory<byte> description) => null;

    /// <inheritdoc/>
    public string? Refusal(BuildSpecification specification, IReadOnlyList<InstalledPackage> packages)
    {
        ArgumentNullException.ThrowIfNull(specification);
        if (specification.Tool is not null) return "an image is built by its Dockerfile or of an artifact, and no tool is named beside it";
        if (specification.Artifacts is not [var image]) return "a build makes one image";
        if (specification.Environment != BuildEnvironment.Default) return "an image's build sees what its bases say, and no environment beside it";
        return image.Outputs.SequenceEqual(_names.OutputsOf(PackageNames.Split(image.Coordinate)!.Value.Name)) ? null : $"an image's outputs are {string.Join(", ", _names.OutputsOf(_names.Example))}, below its own folder";
    }

    /// <inheritdoc/>
    public BuildStep? Step(BuildSpecification specification, Uri repository, long timestamp) => null;

    /// <inheritdoc/>
    public bool IsVolatile(string output) => false;
}
