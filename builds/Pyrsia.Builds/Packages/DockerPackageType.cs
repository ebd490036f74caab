using Pyrsia.Builds.Images;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>Images. They are notarized and not built, and every specification of one is refused with these words.</summary>
public sealed class DockerPackageType : IPackageType
{
    private const string NotBuilt = "images are notarized, not built from source";

    /// <inheritdoc/>
    public IPackageNames Names { get; } = new DockerNames();

    /// <inheritdoc/>
    public bool IsBuilt => false;

    /// <inheritdoc/>
    public string? DescriptionOf(string name) => null;

    /// <inheritdoc/>
    public SourceHint? ResolveSource(string name, ReadOnlyMemory<byte> description) => null;

    /// <inheritdoc/>
    public string Refusal(BuildSpecification specification, IReadOnlyList<InstalledPackage> packages) => NotBuilt;

    /// <inheritdoc/>
    public BuildStep Step(BuildSpecification specification, Uri repository, long timestamp) => throw new InvalidOperationException(NotBuilt);

    /// <inheritdoc/>
    public bool IsVolatile(string output) => false;
}
