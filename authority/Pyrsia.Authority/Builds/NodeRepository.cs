using System.Buffers;
using Pyrsia.Builds.Repositories;
using Pyrsia.Content.Store;
using Pyrsia.Node.Maven;

namespace Pyrsia.Authority.Builds;

/// <summary>The repository that this authority's own node serves: every file of it is verified in the log.</summary>
internal sealed class NodeRepository(MavenRepository repository) : IRepository
{
    public async Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        var answer = await repository.FindAsync(path, cancellationToken);
        if (answer.Resource is not MavenFile file)
            return answer.Result switch
            {
                MavenResult.Refused => RepositoryAnswer.Refused,
                MavenResult.Unavailable => RepositoryAnswer.Unavailable,
                _ => RepositoryAnswer.NotFound,
            };
        try
        {
            using var reader = await repository.OpenAsync(file, cancellationToken);
            await CopyAsync(reader, into, cancellationToken);
            return RepositoryAnswer.Found;
        }
        catch (ContentStoreException)
        {
            return RepositoryAnswer.Unavailable;
        }
    }

    /// <summary>Copies content, each chunk of it verified.</summary>
    /// <exception cref="ContentStoreException">No peer brought it in time.</exception>
    internal static async Task CopyAsync(IContentReader reader, Stream into, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(reader.Descriptor.ChunkSize);
        try
        {
            for (var chunk = 0; chunk < reader.Descriptor.ChunkCount; chunk++)
            {
                await reader.ReadChunkAsync(chunk, buffer, cancellationToken);
                await into.WriteAsync(buffer.AsMemory(0, reader.Descriptor.ChunkLength(chunk)), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
