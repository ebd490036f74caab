using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>An authority approves a mapping; signed with its vote key, which its operator alone can read.</summary>
/// <param name="ChainId">The network it is for.</param>
/// <param name="Proposal">The proposal.</param>
/// <param name="Authority">The authority's name.</param>
public sealed record MappingApproval(ChainId ChainId, MappingId Proposal, string Authority) : EntryBody
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.MappingApproval;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("chainId", ChainId.ToString()), ("proposal", Proposal.ToString()), ("authority", Authority)]);

    internal static MappingApproval Read(FieldReader reader) =>
        new(new ChainId(reader.Hex("chainId")), new MappingId(reader.Hex("proposal")), reader.String("authority", GenesisDocument.MaxNameLength));
}
