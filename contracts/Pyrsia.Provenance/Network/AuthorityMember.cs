using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Network;

/// <summary>One authority of a set.</summary>
/// <param name="Name">Its name, unique in the set.</param>
/// <param name="Organisation">Who runs it.</param>
/// <param name="PeerId">Its libp2p peer id, in text form.</param>
/// <param name="VoteKey">The key of its consensus votes.</param>
/// <param name="Cosigner">The key of its checkpoint cosignatures (type 0x04).</param>
/// <param name="Log">Its key of log signatures (type 0x01), named after the origin.</param>
public sealed record AuthorityMember(string Name, string Organisation, string PeerId, Ed25519PublicKey VoteKey, VerifierKey Cosigner, VerifierKey Log)
{
    private const int MaxKeyTextLength = 1024;

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("name", Name), ("organisation", Organisation), ("peerId", PeerId),
        ("voteKey", Convert.ToBase64String(VoteKey.Bytes)), ("cosigner", Cosigner.ToString()), ("log", Log.ToString())]);

    internal static AuthorityMember Read(FieldReader member) => new(
        member.String("name", GenesisDocument.MaxNameLength),
        member.String("organisation", GenesisDocument.MaxNameLength),
        member.String("peerId", GenesisDocument.MaxNameLength),
        ReadKey(member, "voteKey"),
        ReadVerifierKey(member, "cosigner", NoteSignatureType.Cosignature),
        ReadVerifierKey(member, "log", NoteSignatureType.Ed25519));

    internal static Ed25519PublicKey ReadKey(FieldReader reader, string name) =>
        Ed25519PublicKey.TryCreate(reader.Base64Exactly(name, Ed25519PublicKey.Length), out var key)
            ? key
            : throw reader.Wrong(name, "an Ed25519 public key");

    private static VerifierKey ReadVerifierKey(FieldReader reader, string name, NoteSignatureType type) =>
        VerifierKey.TryParse(reader.String(name, MaxKeyTextLength), out var key) && key.Type == type
            ? key
            : throw reader.Wrong(name, $"a verifier key of type 0x{(byte)type:x2}");
}
