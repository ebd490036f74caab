using System.Security.Cryptography;
using Pyrsia.Contracts;

namespace Pyrsia.Cli;

internal sealed partial class NodeClient
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Reads a blob to its end without keeping it, and verifies size and digest.</summary>
    /// <exception cref="CliException">It is another blob, or it ends early.</exception>
    public Task DownloadAsync(string path, Descriptor blob, Action<long> progress, CancellationToken cancellationToken) =>
        DownloadAsync(path, blob, Stream.Null, progress, cancellationToken);

    /// <summary>Reads a blob into a stream, and verifies size and digest; what was written before a failure is not to be used.</summary>
    /// <exception cref="CliException">It is another blob, or it ends early.</exception>
    public Task DownloadAsync(string path, Descriptor blob, Stream into, CancellationToken cancellationToken) =>
        DownloadAsync(path, blob, into, _ => { }, cancellationToken);

    private async Task DownloadAsync(string path, Descriptor blob, Stream into, Action<long> progress, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken, HttpCompletionOption.ResponseHeadersRead);
        await RequireAsync(response, cancellationToken);
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        var size = 0L;
        while (await ReadAsync(content, buffer, path, cancellationToken) is var read and > 0)
        {
            hash.AppendData(buffer, 0, read);
            size += read;
            if (size > blob.Size) break;
            await into.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            progress(read);
        }
        if (size != blob.Size || new Digest(hash.GetCurrentHash()) != blob.Digest)
            throw new CliException($"{path} does not have the digest that it is asked for by.", "digest", "Do not use what this node serves.", ExitCode.VerificationFailed);
    }

    private async Task<int> ReadAsync(Stream content, byte[] buffer, string path, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await content.ReadAsync(buffer, either.Token);
        }
        catch (Exception e) when ((e is OperationCanceledException && !cancellationToken.IsCancellationRequested) || e is IOException or HttpRequestException)
        {
            throw new CliException($"The download of {path} broke off.", "download-failed", "Try again; the node keeps what it has verified.", ExitCode.Failed, e);
        }
    }
}
