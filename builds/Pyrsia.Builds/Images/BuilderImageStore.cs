using System.Security.Cryptography;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Images;

/// <summary>
/// The builder images of this machine: <c>HEX.tar</c>, <c>HEX.packages.json</c> and, unpacked, <c>HEX/</c>, with HEX the digest of the tar. The unpacked directory comes
/// last and by one rename, so an image is there whole or not at all.
/// </summary>
/// <param name="directory">Where they are. Only this program's user may write to it: what is in it runs as the builder.</param>
public sealed class BuilderImageStore(string directory)
{
    private readonly string _directory = Path.GetFullPath(directory);

    /// <summary>All images.</summary>
    public IEnumerable<BuilderImage> List() => !Directory.Exists(_directory) ? [] : Directory.EnumerateFiles(_directory, "*.tar").Order(StringComparer.Ordinal)
        .Select(f => Digest.TryParse("sha256:" + Path.GetFileNameWithoutExtension(f), out var digest) ? Find(digest) : null).OfType<BuilderImage>();

    /// <summary>An image; null when it is not here.</summary>
    public BuilderImage? Find(Digest digest)
    {
        var image = new BuilderImage(digest, Path.Combine(_directory, digest.Hex + ".tar"), Path.Combine(_directory, digest.Hex));
        return File.Exists(image.Archive) && Directory.Exists(image.Root) ? image : null;
    }

    /// <summary>The packages in an image.</summary>
    /// <exception cref="IOException">The list can't be read.</exception>
    public IReadOnlyList<InstalledPackage> Packages(BuilderImage image) => PackageList.FromJson(File.ReadAllBytes(PackagesPath(image.Digest)));

    /// <summary>Makes an image of Debian packages. Takes minutes and the network.</summary>
    /// <param name="recipe">What it is made of.</param>
    /// <param name="mirror">Where the packages come from; null: from where this machine gets its own.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="ArgumentException">The recipe is malformed.</exception>
    /// <exception cref="BuilderImageException">It could not be made; the message says why.</exception>
    public async Task<BuilderImage> MakeAsync(BuilderImageRecipe recipe, Uri? mirror, CancellationToken cancellationToken)
    {
        recipe.Check();
        IReadOnlyList<string> sources = mirror is null ? AptSources.For("/etc/apt", recipe.Suite) : [$"deb {mirror.AbsoluteUri} {recipe.Suite} main"];
        if (sources.Count == 0) throw new BuilderImageException($"This machine gets no packages of {recipe.Suite}: say with --mirror where they come from.");
        return await MakeInAsync(
            making => HostCommand.RunAsync("mmdebstrap", Mmdebstrap.Arguments(recipe, sources, Path.Combine(making, "tar")), Mmdebstrap.Environment(recipe), cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes an image that somebody else made.</summary>
    /// <param name="archive">Path of its tar, which stays where it is.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="BuilderImageException">It can't be unpacked.</exception>
    public Task<BuilderImage> AddAsync(string archive, CancellationToken cancellationToken) => MakeInAsync(
        making =>
        {
            File.Copy(archive, Path.Combine(making, "tar"));
            return Task.CompletedTask;
        },
        cancellationToken);

    private async Task<BuilderImage> MakeInAsync(Func<string, Task> make, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_directory);
        var making = Path.Combine(_directory, $"making-{Guid.NewGuid():N}");
        Directory.CreateDirectory(making);
        try
        {
            await make(making).ConfigureAwait(false);
            var tar = Path.Combine(making, "tar");
            Digest digest;
            await using (var content = File.OpenRead(tar)) digest = new Digest(await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
            if (Find(digest) is { } known) return known;
            var root = Directory.CreateDirectory(Path.Combine(making, "root")).FullName;
            await HostCommand.RunAsync("tar", ["-C", root, "--numeric-owner", "-xpf", tar], HostCommand.PlainEnvironment, cancellationToken).ConfigureAwait(false);
            // The tar has no device nodes, nor a place for them; the sandboxes bring both.
            Directory.CreateDirectory(Path.Combine(root, "dev"));
            var status = Path.Combine(root, "var/lib/dpkg/status");
            DurableFile.Write(PackagesPath(digest), PackageList.ToJson(File.Exists(status) ? PackageList.Parse(await File.ReadAllTextAsync(status, cancellationToken).ConfigureAwait(false)) : []));
            File.Move(tar, Path.Combine(_directory, digest.Hex + ".tar"), overwrite: true);
            var final = Path.Combine(_directory, digest.Hex);
            if (!Directory.Exists(final)) Directory.Move(root, final);
            return Find(digest)!;
        }
        catch (HostCommandException e)
        {
            throw new BuilderImageException(e.Message, e);
        }
        finally
        {
            // rm, because a root file system holds directories that are not writable and links that must not be followed.
            await HostCommand.RunAsync("rm", ["-rf", "--one-file-system", making], HostCommand.PlainEnvironment, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private string PackagesPath(Digest digest) => Path.Combine(_directory, digest.Hex + ".packages.json");
}
