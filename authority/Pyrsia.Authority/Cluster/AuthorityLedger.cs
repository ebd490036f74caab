using Pyrsia.Authority.Log;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Cluster;

/// <summary>The ledger after the newest finalized block, for everybody in the process who acts on it.</summary>
internal sealed class AuthorityLedger(LedgerApplicationState genesis)
{
    private volatile LedgerApplicationState _state = genesis;

    /// <summary>Raised after each finalized block.</summary>
    internal event Action? Advanced;

    /// <summary>The newest finalized state.</summary>
    internal LedgerState Current => _state.Ledger;

    internal void Advance(LedgerApplicationState state)
    {
        _state = state;
        Advanced?.Invoke();
    }
}
