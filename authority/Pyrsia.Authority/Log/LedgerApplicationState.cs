using Pyrsia.Consensus;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Authority.Log;

/// <summary>The ledger and the log's tree after one block. Immutable: blocks that lose leave no trace.</summary>
/// <param name="Ledger">Open requests, verdicts and names.</param>
/// <param name="Range">The right edge of the tree.</param>
/// <param name="Leaves">The leaves that this block adds: its entries, then the verdicts that follow.</param>
/// <param name="Payloads">Lists of outputs that verdicts of this block name by digest.</param>
internal sealed record LedgerApplicationState(LedgerState Ledger, CompactRange Range, IReadOnlyList<ReadOnlyMemory<byte>> Leaves, IReadOnlyList<byte[]> Payloads) : IApplicationState
{
    /// <summary>The block's entries, by the hash of their bytes.</summary>
    internal IReadOnlyList<Hash256> Entries { get; init; } = [];

    public ulong Size => (ulong)Range.Size;

    public Hash256 Root { get; } = new(Range.Root().ToArray());
}
