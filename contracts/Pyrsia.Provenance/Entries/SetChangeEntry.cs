using System.Collections.Immutable;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>
/// The authorities of the next epoch, once a quorum of the sitting ones has approved them: derived by every replica, and the last leaf of its epoch. Unsigned
/// canonical JSON: the sitting quorum cosigns the tree that ends with it.
/// </summary>
public sealed class SetChangeEntry : LogEntry
{
    internal const string Kind = "pyrsia-set-change";
    private const string ApiVersion = "1";

    private SetChangeEntry(ChainId chain, AuthoritySet set, SetId proposal, ImmutableArray<long> approvals, long timeMs, ReadOnlyMemory<byte> leaf)
        : base(EntryType.SetChange, leaf)
    {
        (ChainId, Set, Proposal, Approvals, TimeMs) = (chain, set, proposal, approvals, timeMs);
    }

    /// <summary>The network.</summary>
    public ChainId ChainId { get; }

    /// <summary>The authorities from the next block on.</summary>
    public AuthoritySet Set { get; }

    /// <summary>The proposal that was approved.</summary>
    public SetId Proposal { get; }

    /// <summary>Where the approvals stand in the log, ascending.</summary>
    public ImmutableArray<long> Approvals { get; }

    /// <summary>The time of the block that decided it, in milliseconds since 1970.</summary>
    public long TimeMs { get; }

    /// <summary>Makes the leaf.</summary>
    public static SetChangeEntry Create(ChainId chain, AuthoritySet set, SetId proposal, ImmutableArray<long> approvals, long timeMs)
    {
        ArgumentNullException.ThrowIfNull(set);
        var leaf = CanonicalObject.Of([
            ("apiVersion", ApiVersion), ("kind", Kind), ("spec", CanonicalObject.Of([
                ("chainId", chain.ToString()), ("origin", set.Origin), ("epoch", set.Epoch), ("members", AuthoritySet.ToJson(set.Members)), ("proposal", proposal.ToString()),
                ("approvals", CanonicalArray.Of(approvals.Select(index => (CanonicalValue)index))), ("time", timeMs)]))]).ToBytes();
        return new SetChangeEntry(chain, set, proposal, approvals, timeMs, leaf);
    }

    internal static SetChangeEntry Read(CanonicalValue value, ReadOnlyMemory<byte> leaf)
    {
        var root = new FieldReader(value, "");
        root.Constant("apiVersion", ApiVersion);
        root.Constant("kind", Kind);
        var spec = root.Object("spec");
        root.End();
        var chain = new ChainId(spec.Hex("chainId"));
        var members = spec.Array("members", GenesisDocument.MaxAuthorities, AuthorityMember.Read);
        if (!AuthoritySet.TryCreate(spec.String("origin", Notes.VerifierKey.MaxNameLength), spec.Integer("epoch", 1, SetProposal.MaxEpoch), members, out var set, out var error))
            throw new MalformedDocumentException(error);
        var approvals = spec.Array("approvals", GenesisDocument.MaxAuthorities).Select(item => (item as CanonicalInteger)?.Value ?? -1).ToImmutableArray();
        if (approvals.Any(index => index < 0) || approvals.Zip(approvals.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw spec.Wrong("approvals", "log indices, ascending");
        var entry = new SetChangeEntry(chain, set, new SetId(spec.Hex("proposal")), approvals, spec.Integer("time", 0, CanonicalJson.MaxInteger), leaf);
        spec.End();
        return entry;
    }
}
