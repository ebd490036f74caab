namespace Pyrsia.Consensus;

/// <summary>Checks stored blocks as a stranger would: each names the one before it, and a quorum of its epoch has finalized the last of each epoch, and so all of them.</summary>
public static class FinalizedChain
{
    /// <summary>Checks all blocks of a store.</summary>
    /// <param name="store">The blocks.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="sets">Size and keys of the set of each epoch.</param>
    /// <exception cref="ConsensusDataException">A block is not what the set agreed on.</exception>
    public static void Check(FinalizedStore store, Hash256 chainId, IReadOnlyList<(int Participants, IVerifier Verifier)> sets)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(sets);
        var (parent, view, epoch) = (chainId, View.Genesis, 0);
        FinalizedBlock? last = null;
        for (ulong height = 1; height <= store.Height; height++)
        {
            last = store.Read(height)!;
            var header = last.Header;
            var participants = sets[epoch].Participants;
            if (header.Epoch.Number != (ulong)epoch) throw new ConsensusDataException($"block {height} is of {header.Epoch}, which the blocks before have not led to");
            Hash256[] ids = [.. last.Entries.Select(entry => entry.Id)];
            if (header.ParentHash != parent || header.ParentView != view || header.View <= view) throw new ConsensusDataException($"block {height} does not follow the one before it");
            if (header.Count != ids.Length || header.EntriesHash != BlockHashing.Entries(ids)) throw new ConsensusDataException($"block {height} has other entries than were agreed on");
            if (header.JustificationHash != last.Justification.Hash(participants)) throw new ConsensusDataException($"block {height} has another justification than was agreed on");
            (parent, view) = (last.Hash, header.View);
            if (header.SetChange.IsZero && height < store.Height) continue;
            CheckFinal(last, chainId, participants, sets[epoch].Verifier);
            if (header.SetChange.IsZero) continue;
            if (++epoch == sets.Count) throw new ConsensusDataException($"block {height} ends an epoch after which no set is known");
            view = View.Genesis;
        }
    }

    /// <summary>A stop block may be final by one above it, which then stands beside it.</summary>
    private static void CheckFinal(FinalizedBlock block, Hash256 chainId, int participants, IVerifier verifier)
    {
        var last = block;
        foreach (var above in block.Proof)
        {
            if (above.Header.ParentHash != last.Hash || above.Header.Count != 0) throw new ConsensusDataException($"what should prove that block {block.Height} is final does not follow it");
            last = above;
        }
        if (last.Finalization is not { Kind: VoteKind.Finalize } finalization || finalization.Block != last.Hash || finalization.View != last.Header.View || finalization.Epoch != last.Header.Epoch
            || !finalization.Verify(chainId, ConsensusParameters.QuorumOf(participants), verifier))
            throw new ConsensusDataException($"the last block, {block.Height}, was not finalized by a quorum");
    }
}
