using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;

namespace Pyrsia.Tests.Consensus;

/// <summary>Four cores without a network between them: a test carries messages by hand, and can sign for anybody.</summary>
internal sealed class CoreFixture
{
    public const long StartMs = 1_700_000_000_000;
    private readonly OracleKeys _keys = new(4, 1);

    public Hash256 ChainId { get; } = Hash256.Of([7]);

    public ModelLedger Ledger { get; init; } = new();

    public EpochGenesis Genesis => new(ChainId, 0, StartMs - 1000, 0, 0, default);

    public ConsensusTiming Timing { get; init; } = new();

    public ConsensusState Core(int self, bool follows = false) => new(
        new ConsensusParameters { ChainId = ChainId, Epoch = new Epoch(0), Participants = 4, Self = self, Timing = Timing },
        follows ? null : _keys.SignerOf(self), _keys, Ledger, Genesis, null, Ledger.Genesis);

    public ConsensusState Started(int self, params JournalRecord[] journal)
    {
        var core = Core(self);
        foreach (var record in journal) core.Replay(record);
        core.Step(new StartedEvent(), StartMs);
        return core;
    }

    public Vote Vote(int signer, VoteKind kind, ulong view, Hash256 block = default)
    {
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> signature = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, ChainId, kind, new Epoch(0), new View(view), block);
        _keys.SignerOf(signer).Sign(message, signature);
        return new Vote(kind, new Epoch(0), new View(view), block, signer, new VoteSignature(signature));
    }

    public Certificate Certificate(VoteKind kind, ulong view, Hash256 block = default, params int[] signers)
    {
        if (signers.Length == 0) signers = [0, 1, 2];
        return new Certificate(
            kind, new Epoch(0), new View(view), block, Array.ConvertAll(signers, s => (byte)s),
            Array.ConvertAll(signers, s => Vote(s, kind, view, block).Signature));
    }

    /// <summary>A valid block with these entries on a parent (null: the genesis), and its leader's proposal.</summary>
    public ProposeMessage Propose(ulong view, BlockHeader? parent, ModelState? parentState, Justification justification, params Entry[] entries)
    {
        var ids = Array.ConvertAll(entries, e => e.Id);
        var (hash, parentView, time, logTime, size) = parent is null
            ? (Genesis.Hash, View.Genesis, Genesis.TimeMs, Genesis.LogTimeMs, 0UL)
            : (parent.Hash, parent.View, parent.TimeMs, parent.LogTimeMs, parent.SizeAfter);
        var now = Math.Max(StartMs, time + 1);
        var context = new BlockContext(new Epoch(0), new View(view), 1, now, LogTime.After(time, logTime, now), size);
        var outcome = Ledger.Apply(parentState ?? Ledger.Genesis, context, entries);
        var header = new BlockHeader(
            new Epoch(0), new View(view), hash, parentView, justification.Hash(4), now, context.LogTimeMs, size, entries.Length,
            BlockHashing.Entries(ids), outcome.State?.Size ?? size, outcome.State?.Root ?? default, outcome.SetChange);
        return Signed(header, justification, ids);
    }

    public ProposeMessage Signed(BlockHeader header, Justification justification, Hash256[] ids) =>
        new(header, justification, Vote((int)(header.View.Number % 4), VoteKind.Notarize, header.View.Number, header.Hash).Signature, ids);
}
