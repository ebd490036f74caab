namespace Pyrsia.Consensus;

/// <summary>Checks stored blocks as a stranger would: each names the one before it, and a quorum has finalized the last, and so all of them.</summary>
public static class FinalizedChain
{
    /// <summary>Checks all blocks of a store that holds one epoch, the first.</summary>
    /// <param name="store">The blocks.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="participants">Size of the set.</param>
    /// <param name="verifier">The keys of the set.</param>
    /// <exception cref="ConsensusDataException">A block is not what the set agreed on.</exception>
    public static void Check(FinalizedStore store, Hash256 chainId, int participants, IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(store);
        var (parent, view) = (chainId, View.Genesis);
        FinalizedBlock? last = null;
        for (ulong height = 1; height <= store.Height; height++)
        {
            last = store.Read(height)!;
            var header = last.Header;
            Hash256[] ids = [.. last.Entries.Select(entry => entry.Id)];
            if (header.ParentHash != parent || header.ParentView != view || header.View <= view) throw new ConsensusDataException($"block {height} does not follow the one before it");
            if (header.Count != ids.Length || header.EntriesHash != BlockHashing.Entries(ids)) throw new ConsensusDataException($"block {height} has other entries than were agreed on");
            if (header.JustificationHash != last.Justification.Hash(participants)) throw new ConsensusDataException($"block {height} has another justification than was agreed on");
            (parent, view) = (last.Hash, header.View);
        }
        if (last is null) return;
        if (last.Finalization is not { Kind: VoteKind.Finalize } finalization || finalization.Block != last.Hash || finalization.View != last.Header.View || finalization.Epoch != last.Header.Epoch
            || !finalization.Verify(chainId, ConsensusParameters.QuorumOf(participants), verifier))
            throw new ConsensusDataException($"the last block, {last.Height}, was not finalized by a quorum");
    }
}
