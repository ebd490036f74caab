using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Sources;

/// <summary>
/// Gets a source archive, tar or tar.gz, by its digest: through a <see cref="GuardedProxy"/>, which sees every connection and so every redirect. Nothing is unpacked before the
/// digest of the whole is right. No sandbox is needed, because no program of others sees the bytes: they are read by the reader that is made for tars of strangers.
/// </summary>
internal sealed class ArchiveFetcher(SourceLimits limits, bool allowPrivateNetworks, TimeProvider time)
{
    private const int MaxRedirects = 5;

    /// <summary>What a tar adds to a file in headers and padding, at most, in bytes; longer extension headers are paid for by files that are smaller than the limit.</summary>
    private const long EntryOverhead = 2048;

    /// <summary>Fetches, checks and unpacks it.</summary>
    /// <param name="source">What to fetch.</param>
    /// <param name="folder">An empty private folder; the tree is left in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildFailureException">It cannot be had, or is not what it was said to be.</exception>
    internal async Task<SourceTree> FetchAsync(BuildSource source, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "source.archive");
        var digest = await DownloadAsync(source, path, Path.Combine(folder, "out.sock"), cancellationToken).ConfigureAwait(false);
        if (digest.Hex != source.Revision) throw new BuildFailureException(FailureReason.CommitNotFound, $"{source.Url} has the SHA-256 {digest.Hex}, and not {source.Revision}.");
        var tree = Path.Combine(folder, "source");
        await using (var archive = File.OpenRead(path))
        {
            try
            {
                var reading = await UnpackedSource.ExtractAsync(await OpenAsync(source, archive, cancellationToken).ConfigureAwait(false), tree, limits, cancellationToken).ConfigureAwait(false);
                File.Delete(path);
                return UnpackedSource.Of(tree, source.Subdirectory, reading.NewestSeconds);
            }
            catch (InvalidDataException e)
            {
                throw new BuildFailureException(FailureReason.Denied, $"{source.Url} is damaged: {e.Message}", e);
            }
        }
    }

    private async Task<Stream> OpenAsync(BuildSource source, FileStream archive, CancellationToken cancellationToken)
    {
        var head = new byte[2];
        var read = await archive.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        archive.Position = 0;
        if (read == head.Length && head is [(byte)'P', (byte)'K']) throw new BuildFailureException(FailureReason.Denied, $"{source.Url} is a zip; builders take tar and tar.gz.");
        var plain = read == head.Length && head is [0x1f, 0x8b] ? new GZipStream(archive, CompressionMode.Decompress) : (Stream)archive;
        return new LimitedStream(plain, limits.TreeBytes + (limits.TreeEntries * EntryOverhead));
    }

    private async Task<Digest> DownloadAsync(BuildSource source, string path, string socket, CancellationToken cancellationToken)
    {
        await using var proxy = new GuardedProxy(socket, new GuardedProxyOptions { AllowPrivateNetworks = allowPrivateNetworks, MaxBytes = limits.TransferBytes }, time);
        using var patience = new CancellationTokenSource(limits.Time, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var http = new HttpClient(Handler(socket), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            using var answer = await http.GetAsync(source.Url, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) throw Unavailable(source, proxy.Refusal ?? $"the server answers {(int)answer.StatusCode}", null);
            if (answer.Content.Headers.ContentLength > limits.TransferBytes) throw TooLarge(source, null);
            await using var content = await answer.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            return await KeepAsync(content, path, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && proxy.IsOverLimit)
        {
            throw TooLarge(source, e);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or NotSupportedException)
        {
            throw Unavailable(source, proxy.Refusal ?? e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(source, $"it did not come within {limits.Time.TotalMinutes:0} minutes", e);
        }
    }

    private static async Task<Digest> KeepAsync(Stream content, string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[64 << 10];
        while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
        return new Digest(hash.GetHashAndReset());
    }

    private static SocketsHttpHandler Handler(string socket) => new()
    {
        Proxy = new EveryAddress(),
        MaxAutomaticRedirections = MaxRedirects,
        UseCookies = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken).ConfigureAwait(false);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    };

    private static BuildFailureException Unavailable(BuildSource source, string why, Exception? cause) => new(FailureReason.SourceUnavailable, $"{source.Url} cannot be fetched: {why}", cause);

    private BuildFailureException TooLarge(BuildSource source, Exception? cause) =>
        new(FailureReason.ResourceLimit, $"{source.Url} is larger than this builder takes ({limits.TransferBytes} bytes).", cause);

    /// <summary>A proxy for every address, loopback too. Its own address is never looked at: each connection to it goes to the socket.</summary>
    private sealed class EveryAddress : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination) => new("http://127.0.0.1/");

        public bool IsBypassed(Uri host) => false;
    }
}
