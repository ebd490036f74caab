using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Provenance.Entries;

/// <summary>What an asker signs.</summary>
/// <param name="ChainId">The network it is for.</param>
/// <param name="Kind">Notarized or built.</param>
/// <param name="Coordinate">The name that the result is to answer to.</param>
/// <param name="Reference">The upstream reference; of a build the source in one word.</param>
/// <param name="Digest">What the asker resolved the reference to; of a build the digest of the specification.</param>
/// <param name="Variants">Of an image the variants wanted, such as <c>linux/amd64</c>, empty for all; of a Maven version further files, such as <c>sources.jar</c>. Sorted.</param>
/// <param name="MaxBytes">The most bytes that all outputs together may have.</param>
/// <param name="Threshold">k: how many builders of distinct organisations must agree.</param>
/// <param name="Asker">The asker's key, which signs the request.</param>
/// <param name="Nonce">32 random bytes.</param>
/// <param name="Specification">How it is built; null for what is notarized.</param>
public sealed record BuildRequest(
    ChainId ChainId, ArtifactKind Kind, string Coordinate, string Reference, Digest Digest, ImmutableArray<string> Variants,
    long MaxBytes, int Threshold, Ed25519PublicKey Asker, ReadOnlyMemory<byte> Nonce, BuildSpecification? Specification = null) : EntryBody
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.BuildRequest;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("chainId", ChainId.ToString()), ("kind", Kind.ToWord()), ("coordinate", Coordinate), ("reference", Reference),
        ("digest", Digest.ToString()), ("variants", CanonicalArray.Of(Variants.Select(v => (CanonicalValue)v))), ("maxBytes", MaxBytes),
        ("k", (long)Threshold), ("asker", Convert.ToBase64String(Asker.Bytes)), ("nonce", Convert.ToBase64String(Nonce.Span)),
        ("specification", Specification?.ToJson())]);

    internal static BuildRequest Read(FieldReader reader)
    {
        var chain = new ChainId(reader.Hex("chainId"));
        if (!ArtifactKinds.TryParse(reader.String("kind", EntryLimits.MaxWordLength), out var kind))
            throw reader.Wrong("kind", "'built' or 'notarized'");
        if (!Ed25519PublicKey.TryCreate(reader.Base64Exactly("asker", Ed25519PublicKey.Length), out var asker))
            throw reader.Wrong("asker", "an Ed25519 public key");
        return new BuildRequest(
            chain, kind, ReadName(reader, "coordinate"), ReadName(reader, "reference"), reader.Digest("digest"), ReadVariants(reader, "variants"),
            reader.Integer("maxBytes", 1, EntryLimits.MaxTotalBytes), (int)reader.Integer("k", 1, GenesisDocument.MaxBuilders),
            asker, reader.Base64Exactly("nonce", EntryLimits.NonceLength), kind == ArtifactKind.Built ? BuildSpecification.Read(reader.Object("specification")) : null);
    }

    internal static string ReadName(FieldReader reader, string field)
    {
        var text = reader.String(field, EntryLimits.MaxCoordinateLength);
        return text.Length > 0 && text.All(c => c is > ' ' and < '\x7f') ? text : throw reader.Wrong(field, "printable ASCII without spaces");
    }

    internal static ImmutableArray<string> ReadVariants(FieldReader reader, string field)
    {
        var variants = reader.Strings(field, EntryLimits.MaxVariants, EntryLimits.MaxWordLength);
        for (var i = 0; i < variants.Length; i++)
        {
            if (variants[i].Length == 0 || variants[i].Any(c => c is <= ' ' or >= '\x7f') || (i > 0 && string.CompareOrdinal(variants[i - 1], variants[i]) >= 0))
                throw reader.Wrong(field, "sorted, each once");
        }

        return variants;
    }
}
