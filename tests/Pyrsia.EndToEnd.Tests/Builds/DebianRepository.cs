using Pyrsia.Builds.Images;
using Pyrsia.Builds.Repositories;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The Maven repository that Debian's packages leave in the builder image, read from disk, at the route that a node has for it.</summary>
public sealed class DebianRepository(BuilderImage image) : IRepository
{
    private const string Route = "maven2/";

    // Maven gives plug-ins that declare no plexus-utils version 1.1, which Debian does not have.
    private const string Asked = "org/codehaus/plexus/plexus-utils/1.1/plexus-utils-1.1";
    private const string Given = "org/codehaus/plexus/plexus-utils/2.x/plexus-utils-2.x";

    /// <inheritdoc/>
    public async Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        if (!path.StartsWith(Route, StringComparison.Ordinal)) return RepositoryAnswer.NotFound;
        path = path[Route.Length..];
        var real = Inside(Path.Combine("usr/share/maven-repo", path.Replace(Asked, Given, StringComparison.Ordinal)));
        if (real is null) return RepositoryAnswer.NotFound;
        if (path.StartsWith(Asked, StringComparison.Ordinal) && path.EndsWith(".pom", StringComparison.Ordinal))
        {
            var text = (await File.ReadAllTextAsync(real, cancellationToken)).Replace("<version>2.x</version>", "<version>1.1</version>", StringComparison.Ordinal);
            await into.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken);
            return RepositoryAnswer.Found;
        }
        await using var file = File.OpenRead(real);
        await file.CopyToAsync(into, cancellationToken);
        return RepositoryAnswer.Found;
    }

    /// <summary>Follows links as they are meant inside the image.</summary>
    private string? Inside(string path)
    {
        for (var hops = 0; hops < 10; hops++)
        {
            var file = new FileInfo(Path.Combine(image.Root, path));
            if (file.LinkTarget is not { } target) return file.Exists ? file.FullName : null;
            path = target.StartsWith('/') ? target[1..] : Path.GetRelativePath(image.Root, Path.GetFullPath(target, file.DirectoryName!));
        }
        return null;
    }
}
