using Pyrsia.Node.Log;

namespace Pyrsia.Authority.Log;

/// <summary>Writes what consensus finalized to the stored log: each leaf once, however often a block is handed over.</summary>
internal sealed class LogWriter(LogStore store)
{
    /// <summary>Adds the leaves of a finalized block that are not stored yet.</summary>
    /// <exception cref="LogStoreException">The stored log is not the one that consensus agreed on.</exception>
    internal void Write(LedgerApplicationState state)
    {
        foreach (var payload in state.Payloads) store.PutPayload(payload);
        var first = state.Range.Size - state.Leaves.Count;
        if (store.Size >= state.Range.Size) return;
        if (store.Size < first) throw new LogStoreException($"The stored log has {store.Size} entries, but the next finalized block begins at {first}.");
        store.Append([.. state.Leaves.Skip((int)(store.Size - first))]);
        if (store.Size == state.Range.Size && store.Root != state.Range.Root())
            throw new LogStoreException($"The stored log of {store.Size} entries has another root than the authorities agreed on. Restore it from a backup, or remove the log directory to rebuild it.");
    }
}
