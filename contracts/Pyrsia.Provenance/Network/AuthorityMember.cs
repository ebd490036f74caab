using Pyrsia.Curve25519;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Network;

/// <summary>One authority of a set.</summary>
/// <param name="Name">Its name, unique in the set.</param>
/// <param name="Organisation">Who runs it.</param>
/// <param name="PeerId">Its libp2p peer id, in text form.</param>
/// <param name="VoteKey">The key of its consensus votes.</param>
/// <param name="Cosigner">The key of its checkpoint cosignatures (type 0x04).</param>
/// <param name="Log">Its key of log signatures (type 0x01), named after the origin.</param>
public sealed record AuthorityMember(string Name, string Organisation, string PeerId, Ed25519PublicKey VoteKey, VerifierKey Cosigner, VerifierKey Log);
