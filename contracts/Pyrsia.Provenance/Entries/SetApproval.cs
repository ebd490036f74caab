using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>An authority approves the authorities of the next epoch; signed with its vote key, which its operator alone can read.</summary>
/// <param name="ChainId">The network it is for.</param>
/// <param name="Epoch">The epoch that is to begin.</param>
/// <param name="Proposal">The proposal.</param>
/// <param name="Authority">The authority's name.</param>
public sealed record SetApproval(ChainId ChainId, long Epoch, SetId Proposal, string Authority) : EntryBody
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.SetApproval;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("chainId", ChainId.ToString()), ("epoch", Epoch), ("proposal", Proposal.ToString()), ("authority", Authority)]);

    internal static SetApproval Read(FieldReader reader) => new(
        new ChainId(reader.Hex("chainId")), reader.Integer("epoch", 1, SetProposal.MaxEpoch), new SetId(reader.Hex("proposal")),
        reader.String("authority", GenesisDocument.MaxNameLength));
}
