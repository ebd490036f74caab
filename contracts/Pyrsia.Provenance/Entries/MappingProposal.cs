using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Provenance.Entries;

/// <summary>Names a mapping proposal: SHA-256 of its signed payload.</summary>
public readonly record struct MappingId(Digest Value)
{
    /// <summary>The 64 hexadecimal digits.</summary>
    public override string ToString() => Value.Hex;

    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse(string? text, out MappingId id)
    {
        var ok = Digest.TryParse("sha256:" + text, out var digest);
        id = new MappingId(digest);
        return ok;
    }
}

/// <summary>Somebody says from which source coordinates are built. It holds once a quorum of the authorities has approved it.</summary>
/// <param name="ChainId">The network it is for.</param>
/// <param name="Coordinates">The coordinates, sorted.</param>
/// <param name="Source">Their source.</param>
/// <param name="Proposer">The key that signs the proposal.</param>
/// <param name="Nonce">32 random bytes.</param>
public sealed record MappingProposal(
    ChainId ChainId, ImmutableArray<string> Coordinates, BuildSource Source, Ed25519PublicKey Proposer, ReadOnlyMemory<byte> Nonce) : EntryBody
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.MappingProposal;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("chainId", ChainId.ToString()), ("coordinates", CanonicalArray.Of(Coordinates.Select(c => (CanonicalValue)c))), ("source", Source.ToJson()),
        ("proposer", Convert.ToBase64String(Proposer.Bytes)), ("nonce", Convert.ToBase64String(Nonce.Span))]);

    internal static MappingProposal Read(FieldReader reader)
    {
        var chain = new ChainId(reader.Hex("chainId"));
        var coordinates = reader.Strings("coordinates", BuildSpecification.MaxArtifacts, EntryLimits.MaxCoordinateLength);
        if (coordinates.IsEmpty || coordinates.Any(c => Coordinate.OutputFolder(c) is null) || coordinates.Zip(coordinates.Skip(1)).Any(p => string.CompareOrdinal(p.First, p.Second) >= 0))
            throw reader.Wrong("coordinates", "coordinates that are built, sorted, each once");
        if (!Ed25519PublicKey.TryCreate(reader.Base64Exactly("proposer", Ed25519PublicKey.Length), out var proposer))
            throw reader.Wrong("proposer", "an Ed25519 public key");
        return new MappingProposal(chain, coordinates, reader.Object("source", BuildSource.Read), proposer, reader.Base64Exactly("nonce", EntryLimits.NonceLength));
    }
}
