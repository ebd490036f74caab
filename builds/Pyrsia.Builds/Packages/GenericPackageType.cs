using Pyrsia.Builds.Images;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>Plain files that stand in the source as they are: data, scripts, a static page. Nothing is run; k builders still vouch that the file is the commit's.</summary>
public sealed class GenericPackageType : IPackageType
{
    /// <inheritdoc/>
    public IPackageNames Names { get; } = new GenericNames();

    /// <inheritdoc/>
    public bool IsBuilt => true;

    /// <inheritdoc/>
    public string? DescriptionOf(string name) => null;

    /// <inheritdoc/>
    public SourceHint? ResolveSource(string name, ReadOnlyMemory<byte> description) => null;

    /// <inheritdoc/>
    public string? Refusal(BuildSpecification specification, IReadOnlyList<InstalledPackage> packages)
    {
        ArgumentNullException.ThrowIfNull(specification);
        return specification.Tool is null ? null : "plain files are taken from the source as they are, by no tool";
    }

    /// <inheritdoc/>
    public BuildStep? Step(BuildSpecification specification, Uri repository, long timestamp) => null;

    /// <inheritdoc/>
    public bool IsVolatile(string output) => false;
}
