using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Builds.Repositories;

/// <summary>A part of what a node serves, as a repository of its own.</summary>
/// <param name="node">The node, by its paths without the first slash.</param>
/// <param name="route">Below which of its routes, such as <c>/v2</c>; <c>/</c> for all.</param>
public sealed class RepositoryBelow(IRepository node, string route) : IRepository
{
    private readonly string _folder = route.Trim('/') is { Length: > 0 } folder ? folder + "/" : "";

    /// <summary>The images, by <c>REGISTRY/REPOSITORY/manifests/REFERENCE</c> and <c>REGISTRY/REPOSITORY/blobs/DIGEST</c>.</summary>
    public static RepositoryBelow Registry(IRepository node) => new(node, ApiRoutes.Registry);

    /// <summary>The files of a kind of package, by the names that its outputs have.</summary>
    public static RepositoryBelow Files(IRepository node, IPackageNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new(node, names.PathOf(new PackageFile("", "")));
    }

    /// <inheritdoc/>
    public Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken) => node.GetAsync(_folder + path, into, cancellationToken);
}
