using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Log;
using Pyrsia.Consensus;

namespace Pyrsia.Authority.Storage;

/// <summary>The final blocks of all epochs, and the journal of the one that runs: each epoch has its own, and the one before is closed for good.</summary>
internal sealed class EpochStorage : IDisposable
{
    private readonly Hash256 _chainId;
    private readonly Func<EpochPlace, ConsensusJournal> _openJournal;
    private readonly ConsensusTiming _timing;
    private Epoch _open;

    /// <param name="chainId">The chain.</param>
    /// <param name="first">The place in epoch 0, whose journal is opened at once.</param>
    /// <param name="openJournal">Opens the journal of an epoch, or begins it.</param>
    /// <param name="finalized">The blocks; owned from then on.</param>
    /// <param name="timing">Time constants; the usual ones unless given.</param>
    internal EpochStorage(Hash256 chainId, EpochPlace first, Func<EpochPlace, ConsensusJournal> openJournal, FinalizedStore finalized, ConsensusTiming? timing = null)
    {
        (_chainId, First, _openJournal, Finalized, _open, _timing) = (chainId, first, openJournal, finalized, first.Epoch, timing ?? new ConsensusTiming());
        Journal = openJournal(first);
    }

    /// <summary>The place in epoch 0.</summary>
    internal EpochPlace First { get; }

    internal FinalizedStore Finalized { get; }

    /// <summary>The journal of the epoch that runs.</summary>
    internal ConsensusJournal Journal { get; private set; }

    /// <summary>The epoch that the stored blocks have led to.</summary>
    internal Epoch NextEpoch => EpochAfter(Finalized.Tip);

    /// <summary>The epoch of the block that follows a final one.</summary>
    internal static Epoch EpochAfter(FinalizedBlock? tip) => tip is not { Header: var header } ? default : header.SetChange.IsZero ? header.Epoch : new Epoch(header.Epoch.Number + 1);

    /// <summary>The journal of an epoch.</summary>
    /// <exception cref="ConsensusDataException">It is damaged, or of another key.</exception>
    internal ConsensusJournal OpenJournal(EpochPlace place)
    {
        if (place.Epoch == _open) return Journal;
        Journal.Dispose();
        (Journal, _open) = (_openJournal(place), place.Epoch);
        return Journal;
    }

    /// <summary>What an engine begins with.</summary>
    /// <param name="place">The epoch.</param>
    /// <param name="state">The ledger at its start.</param>
    /// <param name="before">How the epoch before ended; null for the first.</param>
    internal ConsensusEngineOptions EngineOptions(EpochPlace place, LedgerApplicationState state, EpochEnd? before) => new()
    {
        Parameters = new ConsensusParameters
        {
            ChainId = _chainId,
            Epoch = place.Epoch,
            Participants = place.Set.Members.Length,
            Self = place.Self,
            Observers = place.Peers.Length - place.Set.Members.Length,
            Timing = _timing,
        },
        Genesis = before?.Genesis ?? new EpochGenesis(_chainId, 0, 0, 0, 0, state.Root),
        AppliedState = state,
        AppliedHeight = before?.StopBlock.Height ?? 0,
        Waiting = before?.Waiting ?? [],
    };

    public void Dispose()
    {
        Journal.Dispose();
        Finalized.Dispose();
    }
}
