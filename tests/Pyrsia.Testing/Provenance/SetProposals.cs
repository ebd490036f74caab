using System.Collections.Immutable;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Testing.Provenance;

/// <summary>Proposes and approves sets of authorities of a test network.</summary>
public static class SetProposals
{
    /// <summary>Somebody's new vote key.</summary>
    public static Ed25519PrivateKey NewKey(string purpose) => Ed25519PrivateKey.FromSeed(TestNetwork.Seed("next", purpose));

    /// <summary>The sitting set with another vote key for one authority.</summary>
    public static SetProposal Replace(this TestNetwork network, AuthoritySet sitting, int authority, Ed25519PrivateKey key, int proposer = 0)
    {
        var member = sitting.Members[authority] with { VoteKey = key.PublicKey };
        return network.Propose(sitting, sitting.Members.Select((m, i) => i == authority ? ProposedMember.Sign(network.Genesis.ChainId, sitting.Epoch + 1, member, key) : new ProposedMember(m, default)), proposer);
    }

    /// <summary>A proposal of these members.</summary>
    public static SetProposal Propose(this TestNetwork network, AuthoritySet sitting, IEnumerable<ProposedMember> members, int proposer = 0) =>
        new(network.Genesis.ChainId, sitting.Epoch + 1, members.ToImmutableArray(), network.VoteKeys[proposer].PublicKey);

    /// <summary>The proposal as its proposer signs it.</summary>
    public static SignedEntry Sign(this TestNetwork network, SetProposal proposal, int proposer = 0) => new EntrySigner(network.VoteKeys[proposer]).Sign(proposal);

    /// <summary>An authority's approval.</summary>
    public static SignedEntry Approve(this TestNetwork network, SignedEntry proposal, int authority, IEd25519Signer? key = null) => new EntrySigner(key ?? network.VoteKeys[authority]).Sign(
        new SetApproval(network.Genesis.ChainId, ((SetProposal)proposal.Body!).Epoch, new SetId(proposal.PayloadDigest), $"a{authority}"));
}
