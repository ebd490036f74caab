namespace Pyrsia.Consensus;

/// <summary>Checks stored blocks as a stranger would: each names the one before it, and a quorum of its epoch has finalized the last of each epoch, and so all of them.</summary>
/// <remarks>A block names all that it holds, so one that leads to a finalized one is what the quorum has agreed on, whoever kept it in between.</remarks>
public sealed class FinalizedChain
{
    private Hash256 _parent;
    private View _view = View.Genesis;

    /// <param name="parent">What the first block names: the chain, or the last block of the epoch before.</param>
    internal FinalizedChain(Hash256 parent) => _parent = parent;

    /// <summary>Checks all blocks of a store.</summary>
    /// <param name="store">The blocks.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="sets">Size and keys of the set of each epoch.</param>
    /// <exception cref="ConsensusDataException">A block is not what the set agreed on.</exception>
    public static void Check(FinalizedStore store, Hash256 chainId, IReadOnlyList<(int Participants, IVerifier Verifier)> sets)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(sets);
        var (chain, epoch) = (new FinalizedChain(chainId), 0);
        for (ulong height = 1; height <= store.Height; height++)
        {
            var block = store.Read(height)!;
            var header = block.Header;
            var (participants, verifier) = sets[epoch];
            if (header.Epoch.Number != (ulong)epoch) throw new ConsensusDataException($"block {height} is of {header.Epoch}, which the blocks before have not led to");
            chain.Follow(block, participants);
            if (header.SetChange.IsZero && height < store.Height) continue;
            if (!IsFinal(block, chainId, participants, verifier)) throw NotFinal(height);
            if (header.SetChange.IsZero) continue;
            if (++epoch == sets.Count) throw new ConsensusDataException($"block {height} ends an epoch after which no set is known");
            chain = new FinalizedChain(block.Hash);
        }
    }

    /// <summary>Takes in the next block of an epoch.</summary>
    /// <exception cref="ConsensusDataException">It does not follow the one before, or holds something else than it names.</exception>
    internal void Follow(FinalizedBlock block, int participants)
    {
        var header = block.Header;
        Hash256[] ids = [.. block.Entries.Select(entry => entry.Id)];
        if (header.ParentHash != _parent || header.ParentView != _view || header.View <= _view) throw new ConsensusDataException($"block {block.Height} does not follow the one before it");
        if (header.Count != ids.Length || header.EntriesHash != BlockHashing.Entries(ids)) throw new ConsensusDataException($"block {block.Height} has other entries than were agreed on");
        if (header.JustificationHash != block.Justification.Hash(participants)) throw new ConsensusDataException($"block {block.Height} has another justification than was agreed on");
        (_parent, _view) = (block.Hash, header.View);
    }

    /// <summary>Whether what stands beside a block proves that a quorum has finalized it. A stop block may be final by one above it, which then stands beside it.</summary>
    internal static bool IsFinal(FinalizedBlock block, Hash256 chainId, int participants, IVerifier verifier)
    {
        var last = block;
        foreach (var above in block.Proof)
        {
            if (above.Header.ParentHash != last.Hash || above.Header.Count != 0) return false;
            last = above;
        }
        return last.Finalization is { Kind: VoteKind.Finalize } finalization && finalization.Block == last.Hash && finalization.View == last.Header.View && finalization.Epoch == last.Header.Epoch
            && finalization.Verify(chainId, ConsensusParameters.QuorumOf(participants), verifier);
    }

    /// <summary>What to say of the last block of an epoch that is not final.</summary>
    internal static ConsensusDataException NotFinal(ulong height) => new($"the last block, {height}, was not finalized by a quorum");
}
