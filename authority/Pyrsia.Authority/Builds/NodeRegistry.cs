using Pyrsia.Builds.Repositories;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;

namespace Pyrsia.Authority.Builds;

/// <summary>The images that this authority's own node serves, each verified in the log: <c>REGISTRY/REPOSITORY/manifests/REFERENCE</c> and <c>REGISTRY/REPOSITORY/blobs/DIGEST</c>, as below <c>/v2/</c>.</summary>
internal sealed class NodeRegistry(ArtifactService artifacts) : IRepository
{
    public async Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        if (path.Split('/') is not [.. var name, var kind, var reference] || !ImageReference.TryFromRoute(string.Join('/', name), reference, null, out var image, out _)) return RepositoryAnswer.NotFound;
        var outcome = kind == "blobs" && image.Digest is { } digest ? artifacts.Resolve(digest) : artifacts.Resolve(image);
        if (outcome.Output is not { } output)
            return outcome.Result switch
            {
                ArtifactResult.NotLogged => RepositoryAnswer.NotFound,
                ArtifactResult.Refused or ArtifactResult.NotVerified => RepositoryAnswer.Refused,
                _ => RepositoryAnswer.Unavailable,
            };
        try
        {
            using var reader = await artifacts.OpenAsync(output, cancellationToken);
            await NodeRepository.CopyAsync(reader, into, cancellationToken);
            return RepositoryAnswer.Found;
        }
        catch (ContentStoreException)
        {
            return RepositoryAnswer.Unavailable;
        }
    }
}
