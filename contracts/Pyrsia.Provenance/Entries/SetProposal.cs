using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>Names a proposed set: SHA-256 of the proposal's signed payload.</summary>
public readonly record struct SetId(Digest Value)
{
    /// <summary>The 64 hexadecimal digits.</summary>
    public override string ToString() => Value.Hex;

    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse(string? text, out SetId id)
    {
        var ok = Digest.TryParse("sha256:" + text, out var digest);
        id = new SetId(digest);
        return ok;
    }
}

/// <summary>An authority proposes all authorities of the next epoch. A quorum of the sitting ones must approve them.</summary>
/// <param name="ChainId">The network it is for.</param>
/// <param name="Epoch">The epoch that is to begin.</param>
/// <param name="Members">Its authorities; their order is the authority index.</param>
/// <param name="Proposer">The vote key that signs the proposal.</param>
public sealed record SetProposal(ChainId ChainId, long Epoch, ImmutableArray<ProposedMember> Members, Ed25519PublicKey Proposer) : EntryBody
{
    /// <summary>The latest epoch: a verifier walks the sets one by one, and this many in a moment.</summary>
    public const int MaxEpoch = 1024;

    /// <inheritdoc/>
    public override EntryType Type => EntryType.SetProposal;

    /// <summary>The set, when the members obey the rules.</summary>
    /// <param name="origin">The log's name.</param>
    /// <param name="set">The set.</param>
    /// <param name="error">Why it is none.</param>
    public bool TryGetSet(string origin, [NotNullWhen(true)] out AuthoritySet? set, [NotNullWhen(false)] out string? error) =>
        AuthoritySet.TryCreate(origin, Epoch, [.. Members.Select(member => member.Member)], out set, out error);

    /// <summary>Parses the payload of a proposal. Says nothing about its signature.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out SetProposal? proposal, [NotNullWhen(false)] out string? error)
    {
        proposal = null;
        if (!CanonicalJson.TryParse(payload, EntryLimits.MaxPayloadBytes, out var value, out error))
            return false;
        try
        {
            var reader = new FieldReader(value, "");
            proposal = Read(reader);
            reader.End();
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = $"set proposal: {e.Message}";
            return false;
        }
    }

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("chainId", ChainId.ToString()), ("epoch", Epoch), ("members", CanonicalArray.Of(Members.Select(member => member.ToJson()))),
        ("proposer", Convert.ToBase64String(Proposer.Bytes))]);

    internal static SetProposal Read(FieldReader reader) => new(
        new ChainId(reader.Hex("chainId")), reader.Integer("epoch", 1, MaxEpoch), reader.Array("members", GenesisDocument.MaxAuthorities, ProposedMember.Read),
        AuthorityMember.ReadKey(reader, "proposer"));
}
