using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>An authority that is to be in the next set.</summary>
/// <param name="Member">What the set is to say of it.</param>
/// <param name="Proof">Of one that the sitting set does not have like this, the signature of its vote key over all of it: nobody else can enter a key. Empty of the others.</param>
public sealed record ProposedMember(AuthorityMember Member, ReadOnlyMemory<byte> Proof)
{
    private static ReadOnlySpan<byte> Domain => "pyrsia-set-member/v1\0"u8;

    /// <summary>Signs a member into the set of an epoch.</summary>
    /// <param name="chain">The network.</param>
    /// <param name="epoch">The epoch whose set it is to be in.</param>
    /// <param name="member">The member.</param>
    /// <param name="voteKey">Its vote key.</param>
    public static ProposedMember Sign(ChainId chain, long epoch, AuthorityMember member, IEd25519Signer voteKey)
    {
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(voteKey);
        return new ProposedMember(member, voteKey.Sign(SignedBytes(chain, epoch, member)));
    }

    /// <summary>Whether the proof is the member's own for that epoch.</summary>
    public bool ProvesPossession(ChainId chain, long epoch) =>
        Proof.Length == Ed25519PublicKey.SignatureLength && Member.VoteKey.Verify(SignedBytes(chain, epoch, Member), Proof.Span);

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        .. Member.ToJson().Members.Select(field => (field.Key, (CanonicalValue?)field.Value)),
        ("proof", Proof.IsEmpty ? null : new CanonicalString(Convert.ToBase64String(Proof.Span)))]);

    internal static ProposedMember Read(FieldReader reader) =>
        new(AuthorityMember.Read(reader), reader.Has("proof") ? reader.Base64Exactly("proof", Ed25519PublicKey.SignatureLength) : default);

    /// <summary><code>"pyrsia-set-member/v1" 00 | canonical JSON of chainId, epoch and member</code></summary>
    private static byte[] SignedBytes(ChainId chain, long epoch, AuthorityMember member) =>
        [.. Domain, .. CanonicalObject.Of([("chainId", chain.ToString()), ("epoch", epoch), ("member", member.ToJson())]).ToBytes()];
}
