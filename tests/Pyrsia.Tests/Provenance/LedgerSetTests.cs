using Pyrsia.Curve25519;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class LedgerSetTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly Ed25519PrivateKey _key = SetProposals.NewKey("a3");
    private readonly TestLog _log;

    public LedgerSetTests() => _log = new TestLog(_network);

    private AuthoritySet Sitting => _log.State.Set;

    public void Dispose()
    {
        _key.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void A_quorum_of_the_sitting_authorities_decides_the_next_ones_in_the_last_leaf_of_the_epoch()
    {
        var proposal = _network.Sign(_network.Replace(Sitting, 3, _key));
        _log.Block(1, proposal);
        _log.Block(1, _network.Approve(proposal, 0), _network.Approve(proposal, 1));
        Assert.Equal(0, Sitting.Epoch);

        _log.Block(1, _network.Approve(proposal, 2));

        var change = Assert.IsType<SetChangeEntry>(_log.Entries[^1]);
        Assert.Equal(1, Sitting.Epoch);
        Assert.Equal([1L, 2L, 3L], change.Approvals);
        Assert.Equal(_key.PublicKey, Sitting.Members[3].VoteKey);
        Assert.True(LogEntry.TryParse(change.Leaf, out var read, out _));
        Assert.Equal(Sitting.Members, ((SetChangeEntry)read).Set.Members);
        Assert.Empty(_log.State.SetProposals);
        Assert.Equal(_log.Entries.Count, _log.State.Size);
    }

    [Fact]
    public void Of_two_proposals_that_race_in_one_block_exactly_one_wins_and_the_other_can_never_be_approved_any_more()
    {
        using var other = SetProposals.NewKey("other");
        var (first, second) = (_network.Sign(_network.Replace(Sitting, 3, _key)), _network.Sign(_network.Replace(Sitting, 3, other, proposer: 1), proposer: 1));
        _log.Block(1, first, second, _network.Approve(first, 0), _network.Approve(first, 1), _network.Approve(second, 0), _network.Approve(second, 1));
        var block = new[] { _network.Approve(second, 2), _network.Approve(first, 2) };

        Assert.False(_log.State.TryApply(block, 1_750_000_010_000, signaturesVerified: false, out _, out var fault));
        Assert.Equal(new BlockFault(1, EntryFault.EpochEnds), fault);
        Assert.Single(_log.State.Select(block, 1_750_000_010_000, 10, 1 << 20).Chosen);

        _log.Block(1, block[0]);
        Assert.Equal(other.PublicKey, Sitting.Members[3].VoteKey);
        Assert.Equal(EntryFault.WrongEpoch, _log.Check(block[1]));
        Assert.Equal(EntryFault.WrongEpoch, _log.Check(first));
        Assert.True(LedgerState.IsTransient(EntryFault.EpochEnds));
        Assert.False(LedgerState.IsTransient(EntryFault.WrongEpoch));
    }

    [Fact]
    public void An_authority_has_one_proposal_at_a_time_and_a_newer_one_takes_its_place()
    {
        using var other = SetProposals.NewKey("other");
        var (first, second) = (_network.Sign(_network.Replace(Sitting, 3, _key)), _network.Sign(_network.Replace(Sitting, 3, other)));
        _log.Block(1, first);
        Assert.Equal(EntryFault.Duplicate, _log.Check(first));
        _log.Block(1, second);

        Assert.Equal(EntryFault.UnknownProposal, _log.Check(_network.Approve(first, 0)));
        Assert.Equal(EntryFault.None, _log.Check(_network.Approve(second, 0)));
    }

    [Fact]
    public void Bad_sets_are_refused()
    {
        var members = Sitting.Members.Select(m => new ProposedMember(m, default)).ToArray();
        ProposedMember Signed(AuthorityMember member, Ed25519PrivateKey key, long epoch = 1) => ProposedMember.Sign(_network.Genesis.ChainId, epoch, member, key);
        var changed = Sitting.Members[3] with { VoteKey = _key.PublicKey };
        EntryFault Of(params ProposedMember[] of) => _log.Check(_network.Sign(_network.Propose(Sitting, of)));

        Assert.Equal(EntryFault.None, Of([.. members[..3], Signed(changed, _key)]));
        Assert.Equal(EntryFault.BadSet, Of(members));
        Assert.Equal(EntryFault.BadSet, Of(members[..3]));
        Assert.Equal(EntryFault.BadSet, Of([.. members, Signed(changed with { Name = "a4" }, _key)]));
        Assert.Equal(EntryFault.BadSet, Of([.. members[..3], Signed(changed with { Name = "a0" }, _key)]));
        Assert.Equal(EntryFault.BadSet, Of([.. members[..3], Signed(changed with { Log = new VerifierKey("log.other.example", NoteSignatureType.Ed25519, changed.Log.Key) }, _key)]));
        Assert.Equal(EntryFault.NoPossession, Of([.. members[..3], new ProposedMember(changed, default)]));
        Assert.Equal(EntryFault.NoPossession, Of([.. members[..3], Signed(changed, _network.VoteKeys[3])]));
        Assert.Equal(EntryFault.NoPossession, Of([.. members[..3], Signed(changed, _key, epoch: 2)]));
        Assert.Equal(EntryFault.NoPossession, Of([.. members[..3], new ProposedMember(changed with { PeerId = "peer9" }, Signed(changed, _key).Proof)]));
        Assert.Equal(EntryFault.NoPossession, Of([.. members[..2], Signed(Sitting.Members[2], _network.VoteKeys[2]), Signed(changed, _key)]));
        using var another = SetProposals.NewKey("a2");
        Assert.Equal(EntryFault.TooManyChanges, Of([.. members[..2], Signed(Sitting.Members[2] with { VoteKey = another.PublicKey }, another), Signed(changed, _key)]));

        var proposal = _network.Replace(Sitting, 3, _key);
        Assert.Equal(EntryFault.WrongEpoch, _log.Check(_network.Sign(proposal with { Epoch = 2 })));
        Assert.Equal(EntryFault.WrongChain, _log.Check(_network.Sign(proposal with { ChainId = default })));
        Assert.Equal(EntryFault.NotAnAuthority, _log.Check(_network.Sign(proposal, proposer: 1)));
        Assert.Equal(EntryFault.NotAnAuthority, _log.Check(new EntrySigner(_key).Sign(proposal with { Proposer = _key.PublicKey })));
    }

    [Fact]
    public void A_key_that_has_left_never_comes_back_and_approves_nothing()
    {
        var first = _network.Sign(_network.Replace(Sitting, 3, _key));
        _log.Block(1, first, _network.Approve(first, 0), _network.Approve(first, 1), _network.Approve(first, 2));

        var back = _network.Sign(_network.Replace(Sitting, 3, _network.VoteKeys[3]));
        Assert.Equal(EntryFault.KeyUsedBefore, _log.Check(back));

        using var next = SetProposals.NewKey("again");
        var second = _network.Sign(_network.Replace(Sitting, 3, next));
        _log.Block(1, second);
        Assert.Equal(EntryFault.NotAnAuthority, _log.Check(_network.Approve(second, 3)));
        _log.Block(1, _network.Approve(second, 3, _key), _network.Approve(second, 0), _network.Approve(second, 1));
        Assert.Equal(2, Sitting.Epoch);
        Assert.Equal(3, _log.State.Sets.Length);
    }

    [Fact]
    public void A_set_grows_and_shrinks_as_far_as_those_who_stay_are_a_quorum_of_both()
    {
        using var other = new TestNetwork(5, "other");
        var joining = other.Genesis.Authorities[4] with { PeerId = "peer4" };
        var stay = Sitting.Members.Select(m => new ProposedMember(m, default)).ToArray();
        var grown = _network.Sign(_network.Propose(Sitting, [.. stay, ProposedMember.Sign(_network.Genesis.ChainId, 1, joining, other.VoteKeys[4])]));
        _log.Block(1, grown, _network.Approve(grown, 0), _network.Approve(grown, 1), _network.Approve(grown, 2));
        Assert.Equal(5, Sitting.Members.Length);

        var shrunk = _network.Sign(_network.Propose(Sitting, Sitting.Members.Skip(1).Select(m => new ProposedMember(m, default)), proposer: 1), proposer: 1);
        _log.Block(1, shrunk, _network.Approve(shrunk, 0), _network.Approve(shrunk, 1), _network.Approve(shrunk, 2), _network.Approve(shrunk, 3));
        Assert.Equal(["a1", "a2", "a3", "a4"], Sitting.Members.Select(m => m.Name));
    }
}
