using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Repositories;

/// <summary>A closed repository on this machine: files that came from a repository, each once, with what was asked for and is not there.</summary>
/// <param name="source">Where files come from.</param>
/// <param name="folder">Where they are kept; made when it is not there.</param>
/// <param name="cancellationToken">Gives up fetching.</param>
public sealed class RepositoryFolder(IRepository source, string folder, CancellationToken cancellationToken)
{
    /// <summary>How often a file that nobody can give now is asked for again.</summary>
    private const int Attempts = 3;

    private static readonly string[] SideFiles = [".sha1", ".md5", ".sha256", ".sha512", ".asc"];

    private readonly ConcurrentDictionary<string, Lazy<Task<RepositoryAnswer>>> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LockedFile> _files = new(StringComparer.Ordinal);

    /// <summary>Where the files are.</summary>
    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    /// <summary>How many files were found.</summary>
    public int Count => _files.Count;

    /// <summary>Every file that was found.</summary>
    public DependencyLock Lock => DependencyLock.Of(_files.Values);

    /// <summary>Paths that were asked for and not found, refused or could not be had.</summary>
    public IReadOnlyList<string> Missing => [.. _asked.Where(a => a.Value.Value is { IsCompletedSuccessfully: true, Result: not RepositoryAnswer.Found }).Select(a => a.Key).Order(StringComparer.Ordinal)];

    /// <summary>Whether a path is a checksum or signature beside a file: made anew where it is wanted, never fetched or locked.</summary>
    public static bool IsSideFile(string path) => Array.Exists(SideFiles, suffix => path.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>Whether a path is an index of versions or plug-ins. What it says changes, so no build may depend on it.</summary>
    public static bool IsMetadata(string path) => path.EndsWith("/maven-metadata.xml", StringComparison.Ordinal);

    /// <summary>Gets a file when it is not here yet.</summary>
    public Task<RepositoryAnswer> GetAsync(string path) =>
        _asked.GetOrAdd(path, p => new Lazy<Task<RepositoryAnswer>>(() => FetchAsync(p))).Value;

    /// <summary>Where a file of this repository is kept.</summary>
    public string PathOf(string path) => Path.Combine(Folder, path);

    /// <summary>Gets exactly the files of a lock.</summary>
    /// <exception cref="BuildFailureException">One of them cannot be had, or has other bytes.</exception>
    public async Task FillAsync(DependencyLock files)
    {
        ArgumentNullException.ThrowIfNull(files);
        await Parallel.ForEachAsync(files.Files, cancellationToken, async (file, _) =>
        {
            var answer = await GetAsync(file.Path).ConfigureAwait(false);
            if (answer != RepositoryAnswer.Found) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The locked file {file.Path} cannot be had: {answer}.");
            if (_files[file.Path] != file) throw new BuildFailureException(FailureReason.DependencyUnverified, $"The locked file {file.Path} is {_files[file.Path].Digest} here, and was to be {file.Digest}.");
        }).ConfigureAwait(false);
    }

    private async Task<RepositoryAnswer> FetchAsync(string path)
    {
        if (!ArtifactOutput.IsName(path)) return RepositoryAnswer.NotFound;
        var (target, partial) = (PathOf(path), Path.Combine(Folder, $".partial-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        try
        {
            var answer = RepositoryAnswer.Unavailable;
            for (var attempt = 0; attempt < Attempts && answer == RepositoryAnswer.Unavailable; attempt++)
            {
                await using var file = File.Create(partial);
                answer = await source.GetAsync(path, file, cancellationToken).ConfigureAwait(false);
            }
            if (answer != RepositoryAnswer.Found) return answer;
            await KeepAsync(path, partial, target).ConfigureAwait(false);
            return RepositoryAnswer.Found;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task KeepAsync(string path, string partial, string target)
    {
        await using (var content = File.OpenRead(partial))
        {
            var digest = new Digest(await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
            content.Position = 0;
            // Maven looks for SHA-1 beside a file and complains when there is none; what protects the build is the lock.
#pragma warning disable CA5350
            var sha1 = Convert.ToHexStringLower(await SHA1.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
#pragma warning restore CA5350
            await File.WriteAllTextAsync(target + ".sha1", sha1, cancellationToken).ConfigureAwait(false);
            _files[path] = new LockedFile(path, digest, content.Length);
        }
        File.Move(partial, target, overwrite: true);
    }
}
