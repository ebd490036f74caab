namespace Pyrsia.Node.Upstream;

/// <summary>A Maven repository in a directory of this machine.</summary>
internal sealed class MavenDirectory(string directory) : IMavenUpstream
{
    /// <inheritdoc/>
    public string Host => "localhost";

    /// <inheritdoc/>
    public async Task<byte[]?> FindAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        await using var file = await OpenAsync(path, cancellationToken);
        if (file is null) return null;
        if (file.Length > maxBytes) throw new UpstreamException(UpstreamFailure.LimitExceeded, $"{path} is larger than {maxBytes} bytes.");
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (!Directory.Exists(directory)) throw new UpstreamException(UpstreamFailure.Unavailable, $"{directory} is no readable directory.");
            var file = Path.Combine(directory, path);
            return Task.FromResult<Stream?>(File.Exists(file) ? new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan) : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamException(UpstreamFailure.Unavailable, $"{path} cannot be read: {e.Message}", e);
        }
    }
}
