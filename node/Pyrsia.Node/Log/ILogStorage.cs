using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Log;

/// <summary>
/// Where a log's bytes are kept: full tiles and bundles, which never change; the leaves that do not fill a bundle yet; payloads by digest; and small
/// documents by name. It knows nothing of trees. What a call has returned from is durable. Calls come one at a time.
/// </summary>
public interface ILogStorage : IDisposable
{
    /// <summary>Names the place in messages.</summary>
    string Place { get; }

    /// <summary>Number of full bundles.</summary>
    long Bundles { get; }

    /// <summary>Reads the leaves after the last full bundle, in order.</summary>
    /// <exception cref="LogStoreException">They are damaged.</exception>
    IReadOnlyList<ReadOnlyMemory<byte>> ReadTail();

    /// <summary>Keeps what the log has grown by, all of it or nothing but a part from the start.</summary>
    /// <param name="tiles">Tiles and bundles that became full, those first that others are computed from; empty while the last bundle is open.</param>
    /// <param name="bundles">The number of full bundles from now on. When it is higher than before, the tail begins anew.</param>
    /// <param name="tail">The leaves to add to the tail.</param>
    void Append(IReadOnlyList<Tile> tiles, long bundles, IReadOnlyList<ReadOnlyMemory<byte>> tail);

    /// <summary>Reads a full tile or bundle; false when it is not here.</summary>
    /// <param name="tile">Its path.</param>
    /// <param name="into">Where it belongs; what is in it when there is none does not count.</param>
    /// <exception cref="LogStoreException">It is longer than any bundle may be.</exception>
    bool TryReadTile(TilePath tile, TileBuffer into);

    /// <summary>A document of that name; null when there is none.</summary>
    byte[]? ReadDocument(string name);

    /// <summary>Replaces a document as a whole.</summary>
    void WriteDocument(string name, ReadOnlySpan<byte> bytes);

    /// <summary>Removes a document, if there is one.</summary>
    void RemoveDocument(string name);

    /// <summary>A payload's bytes as they were put, not checked; null when there is none.</summary>
    byte[]? ReadPayload(Digest digest);

    /// <summary>Keeps a payload; one that is here already stays.</summary>
    void PutPayload(Digest digest, ReadOnlySpan<byte> payload);
}
