using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>Plain files that stand in the source as they are: data, scripts, a static page. Nothing is run; k builders still vouch that the file is the commit's.</summary>
public sealed class GenericPackageType : IPackageType
{
    /// <inheritdoc/>
    public string Name => "generic";

    /// <inheritdoc/>
    public string? Refusal(BuildSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        if (specification.Tool is not null) return "plain files are taken from the source as they are, by no tool";
        if (specification.Environment.Newline != "lf") return "source is checked out with line feeds only";
        return specification.Artifacts.All(a => a.Coordinate.StartsWith(Provenance.Entries.Coordinate.Generic + ":", StringComparison.Ordinal)) ? null : "plain files have coordinates such as generic:NAME:VERSION";
    }

    /// <inheritdoc/>
    public BuildStep? Step(BuildSpecification specification, Uri repository, long timestamp) => null;

    /// <inheritdoc/>
    public bool IsVolatile(string output) => false;
}
