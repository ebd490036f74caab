using Pyrsia.Authority.Log;
using Pyrsia.Consensus;

namespace Pyrsia.Authority.Operating;

/// <summary>Applies final blocks outside of consensus, which does the same when it starts.</summary>
internal static class BlockReplay
{
    /// <summary>Applies all of them.</summary>
    /// <param name="application">The rules.</param>
    /// <param name="blocks">The blocks; null for none.</param>
    /// <param name="applied">Is handed the ledger after each.</param>
    /// <returns>The ledger after the last one.</returns>
    /// <exception cref="ConsensusDataException">A block does not lead to the log that it names.</exception>
    internal static LedgerApplicationState Run(LedgerApplication application, FinalizedStore? blocks, Action<LedgerApplicationState>? applied = null)
    {
        var state = application.Genesis;
        for (ulong height = 1; height <= (blocks?.Height ?? 0); height++)
        {
            var block = blocks!.Read(height)!;
            var header = block.Header;
            var outcome = application.Apply(state, new BlockContext(header.Epoch, header.View, height, header.TimeMs, header.LogTimeMs, header.FirstIndex), block.Entries);
            if (outcome.State is not LedgerApplicationState after || after.Size != header.SizeAfter || after.Root != header.RootAfter)
                throw new ConsensusDataException($"block {height} is not one that leads to the log it names: {outcome.Reason ?? (outcome.State is null ? "a payload of its entries is missing" : "another root")}");
            applied?.Invoke(after);
            state = after;
        }
        return state;
    }
}
