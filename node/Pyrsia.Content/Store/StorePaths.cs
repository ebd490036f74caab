using Pyrsia.Contracts;

namespace Pyrsia.Content.Store;

/// <summary>Where the store keeps what, below its directory.</summary>
internal sealed class StorePaths(string root)
{
    internal const string LeavesSuffix = ".leaves";

    internal string Blobs { get; } = Path.Combine(root, "blobs", "sha256");

    internal string Partial { get; } = Path.Combine(root, "partial");

    internal string Incoming { get; } = Path.Combine(root, "incoming");

    internal string Quarantine { get; } = Path.Combine(root, "quarantine");

    internal string Blob(Digest digest) => Path.Combine(Blobs, digest.Hex[..2], digest.Hex);

    internal string BlobLeaves(Digest digest) => Blob(digest) + LeavesSuffix;

    internal string PartialData(Digest digest) => Path.Combine(Partial, digest.Hex);

    internal string PartialLeaves(Digest digest) => PartialData(digest) + LeavesSuffix;

    internal string PartialMap(Digest digest) => PartialData(digest) + ".map";
}
