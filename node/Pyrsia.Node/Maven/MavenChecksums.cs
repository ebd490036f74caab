using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Maven;

/// <summary>The checksums of one file, in hexadecimal.</summary>
internal sealed record MavenChecksumSet(string Md5, string Sha1, string Sha256, string Sha512)
{
    internal string this[MavenChecksum checksum] => checksum switch
    {
        MavenChecksum.Md5 => Md5,
        MavenChecksum.Sha1 => Sha1,
        MavenChecksum.Sha256 => Sha256,
        _ => Sha512,
    };
}

/// <summary>Computes the checksums that Maven clients ask for from verified bytes, and remembers them. They are never fetched: nobody signed them.</summary>
internal sealed class MavenChecksums(ArtifactService artifacts)
{
    /// <summary>Files whose checksums are remembered, about 600 bytes each.</summary>
    private const int MaxRemembered = 16 * 1024;

    private readonly ConcurrentDictionary<Digest, MavenChecksumSet> _known = new();

    /// <summary>The checksums when they are remembered; else null.</summary>
    internal MavenChecksumSet? Known(ArtifactOutput output) => _known.GetValueOrDefault(output.Digest);

    /// <summary>Reads the whole content, waiting for what has not arrived.</summary>
    /// <exception cref="Content.Store.ContentStoreException">The content was given up.</exception>
    internal async Task<MavenChecksumSet> ComputeAsync(ArtifactOutput output, CancellationToken cancellationToken)
    {
        if (Known(output) is { } known) return known;
        using var sum = new Sum();
        using var reader = await artifacts.OpenAsync(output, cancellationToken);
        var buffer = new byte[(int)Math.Min(output.ChunkSize, Math.Max(1, output.Size))];
        for (var chunk = 0; chunk < reader.Descriptor.ChunkCount; chunk++)
        {
            await reader.ReadChunkAsync(chunk, buffer, cancellationToken);
            sum.Append(buffer.AsSpan(0, reader.Descriptor.ChunkLength(chunk)));
        }
        var set = sum.Finish(output.Digest);
        if (_known.Count < MaxRemembered) _known[output.Digest] = set;
        return set;
    }

    /// <summary>The checksums of bytes at hand.</summary>
    internal static MavenChecksumSet Of(ReadOnlySpan<byte> bytes)
    {
        using var sum = new Sum();
        sum.Append(bytes);
        return sum.Finish(Digest.Of(bytes));
    }

    /// <summary>Three hashes over the same bytes. Maven's protocol names the weak ones; trust rests on the SHA-256 digest alone.</summary>
#pragma warning disable CA5350, CA5351
    private sealed class Sum : IDisposable
    {
        private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        private readonly IncrementalHash _sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        private readonly IncrementalHash _sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);

        public void Dispose()
        {
            _md5.Dispose();
            _sha1.Dispose();
            _sha512.Dispose();
        }

        internal void Append(ReadOnlySpan<byte> bytes)
        {
            _md5.AppendData(bytes);
            _sha1.AppendData(bytes);
            _sha512.AppendData(bytes);
        }

        internal MavenChecksumSet Finish(Digest digest) => new(Hex(_md5), Hex(_sha1), digest.Hex, Hex(_sha512));

        private static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());
    }
#pragma warning restore CA5350, CA5351
}
