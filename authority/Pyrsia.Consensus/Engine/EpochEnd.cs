namespace Pyrsia.Consensus;

/// <summary>How an epoch ended, and so where the next one begins.</summary>
/// <param name="StopBlock">The last block.</param>
/// <param name="State">The application's state after it.</param>
/// <param name="Waiting">Entries that clients handed in here and that are in no block.</param>
public sealed record EpochEnd(FinalizedBlock StopBlock, IApplicationState State, IReadOnlyList<Entry> Waiting)
{
    /// <summary>Where the next epoch starts.</summary>
    public EpochGenesis Genesis
    {
        get
        {
            var header = StopBlock.Header;
            return new EpochGenesis(StopBlock.Hash, StopBlock.Height, header.TimeMs, header.LogTimeMs, header.SizeAfter, header.RootAfter);
        }
    }
}
