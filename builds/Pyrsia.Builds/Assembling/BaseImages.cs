using System.Security.Cryptography;
using Pyrsia.Builds.Repositories;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// Gets base images from a registry that serves what the log has verified, by paths as a registry has them below <c>/v2/</c>. Finding out needs the manifests only; a build gets every file of
/// its lock, and takes it when it has the locked digest.
/// </summary>
/// <param name="registry">Where they come from.</param>
/// <param name="folder">Where files go, by digest; made when it is not there.</param>
/// <param name="limits">How large an image may be.</param>
internal sealed class BaseImages(IRepository registry, string folder, ImageLimits limits)
{
    /// <summary>How often a file that nobody can give now is asked for again.</summary>
    private const int Attempts = 3;

    /// <summary>What the names of a Dockerfile mean now.</summary>
    /// <exception cref="BuildFailureException">The log has not verified one of them, or it is no image for this processor.</exception>
    internal async Task<DependencyLock> ResolveAsync(IEnumerable<ImageReference> names, string architecture, CancellationToken cancellationToken)
    {
        var files = new List<LockedFile>();
        foreach (var name in names)
        {
            var (digest, bytes) = await ManifestAsync(name, name.Digest?.ToString() ?? name.Tag!, cancellationToken).ConfigureAwait(false);
            try
            {
                (Digest Digest, long Size)? index = null;
                if (ImageManifestReader.FindIn(bytes, architecture) is { } child)
                {
                    index = (digest, bytes.Length);
                    (digest, bytes) = await ManifestAsync(name, child.Digest.ToString(), cancellationToken).ConfigureAwait(false);
                    if (digest != child.Digest) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The base image {name} came with other bytes than its index names.");
                }
                files.AddRange(ImageLock.Of(name, index, (digest, bytes.Length), ImageManifestReader.Read(bytes)));
            }
            catch (ImageRefusedException e)
            {
                throw new BuildFailureException(FailureReason.Denied, $"{name} is no base that is built on: {e.Message}", e);
            }
        }
        return DependencyLock.Of(files);
    }

    /// <summary>The locked image of a name, all its files here.</summary>
    /// <exception cref="BuildFailureException">It is not in the lock, cannot be had, or has other bytes.</exception>
    internal async Task<BaseImage> FetchAsync(DependencyLock files, ImageReference name, CancellationToken cancellationToken)
    {
        if (ImageLock.Find(files, name) is not var (manifest, config, layers)) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The lock does not name the base image {name}.");
        if (layers.Sum(layer => layer.Size) > limits.MaxBytes || manifest.Size > BaseImage.MaxManifestBytes || config.Size > ImageConfig.MaxBytes) throw new BuildFailureException(FailureReason.ResourceLimit, $"The base image {name} is larger than a builder takes.");
        await FetchAsync(name, "manifests", manifest, cancellationToken).ConfigureAwait(false);
        foreach (var blob in layers.Prepend(config)) await FetchAsync(name, "blobs", blob, cancellationToken).ConfigureAwait(false);
        try
        {
            var image = BaseImage.Read(await File.ReadAllBytesAsync(PathOf(manifest.Digest), cancellationToken).ConfigureAwait(false), await File.ReadAllBytesAsync(PathOf(config.Digest), cancellationToken).ConfigureAwait(false), PathOf);
            if (!image.Layers.Select(layer => layer.Descriptor.Digest).SequenceEqual(layers.Select(layer => layer.Digest))) throw new ImageRefusedException("The lock names other layers than the manifest.");
            return image.Config.HasTriggers ? throw new ImageRefusedException("It has ONBUILD instructions, which nobody would see in the Dockerfile.") : image;
        }
        catch (ImageRefusedException e)
        {
            throw new BuildFailureException(FailureReason.Denied, $"{name} is no base that is built on: {e.Message}", e);
        }
    }

    private string PathOf(Digest digest) => Path.Combine(folder, digest.Hex);

    private async Task<(Digest Digest, byte[] Bytes)> ManifestAsync(ImageReference name, string reference, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await GetAsync(name, $"manifests/{reference}", () =>
        {
            bytes.SetLength(0);
            return new LimitedWriteStream(bytes, BaseImage.MaxManifestBytes);
        }, cancellationToken).ConfigureAwait(false);
        return (Digest.Of(bytes.ToArray()), bytes.ToArray());
    }

    private async Task FetchAsync(ImageReference name, string kind, LockedFile file, CancellationToken cancellationToken)
    {
        var path = PathOf(file.Digest);
        if (File.Exists(path)) return;
        Directory.CreateDirectory(folder);
        var partial = path + ".partial";
        await GetAsync(name, $"{kind}/{file.Digest}", () => new LimitedWriteStream(File.Create(partial), file.Size), cancellationToken).ConfigureAwait(false);
        Digest digest;
        await using (var content = File.OpenRead(partial)) digest = new Digest(await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
        if (digest != file.Digest) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The locked file {file.Path} is {digest} here, and was to be {file.Digest}.");
        File.Move(partial, path);
    }

    private async Task GetAsync(ImageReference name, string what, Func<Stream> begin, CancellationToken cancellationToken)
    {
        var answer = RepositoryAnswer.Unavailable;
        for (var attempt = 0; attempt < Attempts && answer == RepositoryAnswer.Unavailable; attempt++)
        {
            await using var into = begin();
            try
            {
                answer = await registry.GetAsync($"{name.Registry}/{name.Repository}/{what}", into, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                throw new BuildFailureException(FailureReason.ResourceLimit, $"A file of the base image {name} is larger than stated, or than a builder takes.", e);
            }
        }
        if (answer != RepositoryAnswer.Found) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The base image {name} ({what}) cannot be had from what the log has verified: {answer}.");
    }
}
