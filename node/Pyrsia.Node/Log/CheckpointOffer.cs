using Pyrsia.Libp2p;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>A checkpoint that a quorum cosigned, and the peer from whom it came.</summary>
/// <param name="Peer">The peer: it has the leaves, if it is honest.</param>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Bytes">Its published form.</param>
/// <param name="CosignedAt">When it was vouched for, in seconds since 1970.</param>
public sealed record CheckpointOffer(PeerId Peer, SignedCheckpoint Checkpoint, ReadOnlyMemory<byte> Bytes, long CosignedAt);
