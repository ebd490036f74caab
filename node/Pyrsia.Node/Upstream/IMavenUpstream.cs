namespace Pyrsia.Node.Upstream;

/// <summary>A Maven repository that artifacts are taken from when the network has not logged them yet.</summary>
public interface IMavenUpstream
{
    /// <summary>What answers, for the record: a host, or a directory.</summary>
    string Host { get; }

    /// <summary>Reads a small file whole.</summary>
    /// <param name="path">Its path in the repository layout.</param>
    /// <param name="maxBytes">Most bytes to take.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Its bytes; null when the repository has no such file.</returns>
    /// <exception cref="UpstreamException">The repository does not give it.</exception>
    Task<byte[]?> FindAsync(string path, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading from its first byte. The bytes are not verified: whoever stores them does that.</summary>
    /// <param name="path">Its path in the repository layout.</param>
    /// <param name="cancellationToken">Ends the call and the stream.</param>
    /// <returns>The stream; null when the repository has no such file.</returns>
    /// <exception cref="UpstreamException">The repository does not give it.</exception>
    Task<Stream?> OpenAsync(string path, CancellationToken cancellationToken);
}
