using Pyrsia.Contracts;

namespace Pyrsia.Node.Upstream;

/// <summary>A place that images are taken from when the network has not logged them yet.</summary>
public interface IUpstreamRegistry
{
    /// <summary>Fetches a manifest by tag or digest; its bytes match <see cref="Descriptor.Digest"/> of the answer.</summary>
    /// <param name="reference">What to fetch. With a digest, exactly those bytes are fetched.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="UpstreamException">The registry does not give it.</exception>
    Task<UpstreamManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken);

    /// <summary>Opens a blob for reading from its first byte. The bytes are not verified: whoever stores them does that.</summary>
    /// <param name="reference">The image that the blob belongs to.</param>
    /// <param name="blob">What the manifest says of the blob.</param>
    /// <param name="cancellationToken">Ends the call and the stream.</param>
    /// <exception cref="UpstreamException">The registry does not give it.</exception>
    Task<Stream> OpenBlobAsync(ImageReference reference, Descriptor blob, CancellationToken cancellationToken);
}

/// <summary>A manifest as a registry gave it.</summary>
/// <param name="Descriptor">Media type, digest and size of the bytes.</param>
/// <param name="Content">The bytes, unchanged.</param>
public sealed record UpstreamManifest(Descriptor Descriptor, ReadOnlyMemory<byte> Content);
