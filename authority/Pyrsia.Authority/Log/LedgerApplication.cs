using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Log;

/// <summary>What the authorities agree about: the ledger's rules decide what a block may hold and which verdicts follow from it.</summary>
internal sealed class LedgerApplication(GenesisDocument genesis, Func<Digest, byte[]?> payloads, Action<SignedEntry, EntryFault, LedgerState>? refused = null) : IBlockApplication
{
    private readonly EntryCache _cache = new(payloads);
    private IReadOnlyList<Hash256> _logged = [];

    /// <summary>The state before the first block.</summary>
    internal LedgerApplicationState Genesis { get; } = new(LedgerState.Start(genesis), CompactRange.Empty, [], []);

    public bool TryAdmit(Entry entry, out Hash256 key, out Hash256? missing)
    {
        var admitted = _cache.TryParse(entry, out var parsed, out var payload);
        missing = payload is { } digest ? new Hash256(digest.Bytes) : null;
        key = admitted ? EntryCache.KeyOf(parsed!) : default;
        return admitted;
    }

    /// <summary>Also true of an entry that can never be logged any more: it would only wait in vain.</summary>
    public bool IsLogged(IApplicationState state, Entry entry, Hash256 key)
    {
        // What the cache has forgotten is parsed again: forgetting must not cost a waiting entry its place.
        if (!_cache.TryParse(entry, out var parsed, out var missing)) return missing is null;
        var fault = Of(state).Ledger.CheckRules(parsed);
        if (fault == EntryFault.None || LedgerState.IsTransient(fault)) return false;
        refused?.Invoke(parsed, fault, Of(state).Ledger);
        return true;
    }

    public IReadOnlyList<Entry> Select(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> pending)
    {
        var candidates = new Dictionary<SignedEntry, Entry>(ReferenceEqualityComparer.Instance);
        foreach (var entry in pending)
            if (_cache.TryParse(entry, out var parsed, out _)) candidates.TryAdd(parsed, entry);
        var (chosen, _) = Of(parent).Ledger.Select(candidates.Keys, context.TimeMs, ConsensusLimits.MaxBlockEntries, ConsensusLimits.MaxBlockBytes);
        return [.. chosen.Select(entry => candidates[entry])];
    }

    public BlockOutcome Apply(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries) =>
        Apply(parent, context, entries, entries.Select(entry => (_cache.TryParse(entry, out var parsed, out var missing) ? parsed : null, missing)));

    public BlockOutcome Replay(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries) =>
        Apply(parent, context, entries, entries.AsParallel().AsOrdered().Select(entry => (_cache.TryRead(entry, out var parsed, out var missing) ? parsed : null, missing)).ToArray());

    public long? NextDeadlineMs(IApplicationState state) => Of(state).Ledger.NextDeadlineMs;

    /// <summary>What a block has logged is forgotten when the next is final: until then consensus still looks for it among what waits.</summary>
    public void Finalized(IApplicationState state)
    {
        _cache.Forget(_logged);
        _logged = Of(state).Entries;
    }

    private static BlockOutcome Apply(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries, IEnumerable<(SignedEntry? Entry, Digest? Missing)> read)
    {
        var parsed = new List<LogEntry>(entries.Count);
        var missing = new List<Hash256>();
        foreach (var (entry, payload) in read)
        {
            if (entry is not null) parsed.Add(entry);
            else if (payload is { } digest) missing.Add(new Hash256(digest.Bytes));
            else return BlockOutcome.Invalid($"entry {entries[parsed.Count + missing.Count].Id} is malformed or its signature does not verify");
        }
        if (missing.Count > 0) return BlockOutcome.Needs(missing);

        var before = Of(parent);
        if (!before.Ledger.TryApply(parsed, context.TimeMs, signaturesVerified: true, out var applied, out var fault))
            return BlockOutcome.Invalid($"entry {fault!.Position} of the block: {fault.Fault}");
        ReadOnlyMemory<byte>[] leaves = [.. parsed.Select(e => e.Leaf), .. applied!.Leaves.Select(e => e.Leaf)];
        var range = before.Range.Append([.. leaves.Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);
        byte[][] lists = [.. applied.Derived.Where(v => v.OutputsDigest is not null).Select(v => VerdictEntry.EncodeOutputs(v.Outputs))];
        var state = new LedgerApplicationState(applied.State, range, leaves, lists) { Entries = [.. entries.Select(entry => entry.Id)] };
        return BlockOutcome.Valid(state, applied.SetChange is { } change ? Hash256.Of(change.Leaf.Span) : default);
    }

    private static LedgerApplicationState Of(IApplicationState state) => (LedgerApplicationState)state;
}
