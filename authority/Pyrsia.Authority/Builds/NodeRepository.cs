using System.Buffers;
using Pyrsia.Builds.Repositories;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Maven;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Authority.Builds;

/// <summary>What this authority's own node serves, by the paths of its routes: every file of it is verified in the log.</summary>
internal sealed class NodeRepository(MavenRepository maven, ArtifactService artifacts) : IRepository
{
    public Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken) => ("/" + path).Split('/') switch
    {
        ["", var route, .. var file] when "/" + route == ApiRoutes.Maven => MavenAsync(string.Join('/', file), into, cancellationToken),
        ["", var route, .. var name, var kind, var reference] when "/" + route == ApiRoutes.Registry => ImageAsync(string.Join('/', name), kind, reference, into, cancellationToken),
        _ => PlainAsync("/" + path, into, cancellationToken),
    };

    private async Task<RepositoryAnswer> MavenAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        var answer = await maven.FindAsync(path, cancellationToken);
        if (answer.Resource is MavenFile file) return await CopyAsync(() => maven.OpenAsync(file, cancellationToken), into, cancellationToken);
        return answer.Result switch
        {
            MavenResult.Refused => RepositoryAnswer.Refused,
            MavenResult.Unavailable => RepositoryAnswer.Unavailable,
            _ => RepositoryAnswer.NotFound,
        };
    }

    private async Task<RepositoryAnswer> ImageAsync(string name, string kind, string reference, Stream into, CancellationToken cancellationToken)
    {
        if (!ImageReference.TryFromRoute(name, reference, null, out var image, out _)) return RepositoryAnswer.NotFound;
        return await CopyAsync(kind == "blobs" && image.Digest is { } digest ? artifacts.Resolve(digest) : artifacts.Resolve(image), into, cancellationToken);
    }

    private async Task<RepositoryAnswer> PlainAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        foreach (var names in PackageNames.All.Where(names => names.IsServedPlain))
            if (names.Locate(path) is { } file) return await CopyAsync(artifacts.ResolveFile(file.Output, names.IsImmutable(file.Name)), into, cancellationToken);
        return RepositoryAnswer.NotFound;
    }

    private Task<RepositoryAnswer> CopyAsync(ArtifactOutcome outcome, Stream into, CancellationToken cancellationToken) => outcome switch
    {
        { Output: { } output } => CopyAsync(() => artifacts.OpenAsync(output, cancellationToken), into, cancellationToken),
        { Result: ArtifactResult.NotLogged } => Task.FromResult(RepositoryAnswer.NotFound),
        { Result: ArtifactResult.Refused or ArtifactResult.NotVerified } => Task.FromResult(RepositoryAnswer.Refused),
        _ => Task.FromResult(RepositoryAnswer.Unavailable),
    };

    /// <summary>Copies content, each chunk of it verified.</summary>
    private static async Task<RepositoryAnswer> CopyAsync(Func<Task<IContentReader>> open, Stream into, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = await open();
            var buffer = ArrayPool<byte>.Shared.Rent(reader.Descriptor.ChunkSize);
            try
            {
                for (var chunk = 0; chunk < reader.Descriptor.ChunkCount; chunk++)
                {
                    await reader.ReadChunkAsync(chunk, buffer, cancellationToken);
                    await into.WriteAsync(buffer.AsMemory(0, reader.Descriptor.ChunkLength(chunk)), cancellationToken);
                }
                return RepositoryAnswer.Found;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        catch (ContentStoreException)
        {
            // No peer brought it in time.
            return RepositoryAnswer.Unavailable;
        }
    }
}
