using System.Security.Cryptography;
using System.Text;
using Pyrsia.Content;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Fetches one version of a Maven artifact from the upstream repository by itself: pom, main file and the further files that were asked for, into the
/// store, so that this authority holds what it vouches for. A checksum that the repository gives must be right.
/// </summary>
internal sealed class MavenNotarizer(IMavenUpstream upstream, ContentStore store) : IResultSource
{
    /// <summary>Longest checksum file in bytes; some tools write the file's name beside the sum.</summary>
    private const int MaxChecksumBytes = 4096;

    /// <inheritdoc/>
    public bool Serves(BuildRequest request) => request.Kind == ArtifactKind.Notarized && Coordinate.ToMaven(request.Coordinate) is not null;

    /// <inheritdoc/>
    public async Task<ResultStatement> ObtainAsync(BuildRequest request, Func<BuildRun> finish, CancellationToken cancellationToken)
    {
        try
        {
            var files = new Dictionary<string, ArtifactOutput>(StringComparer.Ordinal);
            var resolver = await MavenResolver.ReadAsync(upstream, MavenCoordinates.Parse(request.Reference), cancellationToken);
            await AddAsync(request, files, resolver.PomPath, new MemoryStream(resolver.PomBytes, writable: false), cancellationToken);
            var (mainPath, main) = await resolver.OpenMainAsync(cancellationToken);
            await using (main)
            {
                if (!files.ContainsKey(mainPath.Target)) await AddAsync(request, files, mainPath, main, cancellationToken);
            }
            var seen = files[mainPath.Target].Digest;
            if (seen != request.Digest) throw new NotarizationException(FailureReason.TagMoved, $"{mainPath.Target} is {seen} here, and was {request.Digest} when it was asked for.");
            foreach (var variant in request.Variants) await AddVariantAsync(request, files, resolver, variant, cancellationToken);
            return new MavenNotarizationStatement(finish(), request.Reference, upstream.Host, request.Digest, request.Variants, request.MaxBytes, ArtifactOutput.InOrder(files.Values));
        }
        catch (UpstreamException e)
        {
            throw NotarizationException.Of(e);
        }
        catch (ContentStoreException e)
        {
            throw NotarizationException.Of(e);
        }
    }

    private async Task AddVariantAsync(BuildRequest request, Dictionary<string, ArtifactOutput> files, MavenResolver resolver, string variant, CancellationToken cancellationToken)
    {
        if (!MavenFilePath.IsVariant(variant)) throw new NotarizationException(FailureReason.UnknownImage, $"'{variant}' names no file: write EXTENSION or CLASSIFIER.EXTENSION.");
        var path = resolver.PathOf(variant);
        if (files.ContainsKey(path.Target)) return;
        await using var body = await upstream.OpenAsync(path.Target, cancellationToken) ?? throw new NotarizationException(FailureReason.UnknownImage, $"{upstream.Host} has no {path.Target}.");
        await AddAsync(request, files, path, body, cancellationToken);
    }

    private async Task AddAsync(BuildRequest request, Dictionary<string, ArtifactOutput> files, MavenFilePath path, Stream body, CancellationToken cancellationToken)
    {
        // Maven's protocol names the algorithm; it tells a broken transfer apart, and trust rests on the authorities' agreement.
#pragma warning disable CA5350
        using var sha1 = SHA1.Create();
#pragma warning restore CA5350
        await using var hashed = new CryptoStream(body, sha1, CryptoStreamMode.Read, leaveOpen: true);
        var stored = await store.AddAsync(hashed, null, request.MaxBytes - files.Values.Sum(file => file.Size), cancellationToken);
        await CheckAsync(path, stored, Convert.ToHexStringLower(sha1.Hash ?? []), cancellationToken);
        files[path.Target] = new ArtifactOutput(stored.Digest, stored.Size, MavenMediaTypes.Of(path.Extension), stored.ChunkSize, stored.ChunkRoot, path.Target);
    }

    /// <summary>Holds a file against the checksum beside it: SHA-1, which nearly every file has, else SHA-256.</summary>
    private async Task CheckAsync(MavenFilePath path, ContentDescriptor stored, string sha1, CancellationToken cancellationToken)
    {
        foreach (var (checksum, seen) in new[] { (MavenChecksum.Sha1, sha1), (MavenChecksum.Sha256, stored.Digest.Hex) })
        {
            if (await upstream.FindAsync((path with { Checksum = checksum }).ToString(), MaxChecksumBytes, cancellationToken) is not { } bytes) continue;
            var said = Encoding.ASCII.GetString(bytes).Split([' ', '\t', '\r', '\n', '='], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word.Length == seen.Length && word.All(char.IsAsciiHexDigit));
            if (!seen.Equals(said, StringComparison.OrdinalIgnoreCase))
                throw new NotarizationException(FailureReason.UpstreamUnavailable, $"{path.Target} of {upstream.Host} has {checksum} {seen}, and the file beside it says '{said}'.");
            return;
        }
    }
}
