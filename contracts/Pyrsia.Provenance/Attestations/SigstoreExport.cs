using System.Collections.Immutable;
using System.Globalization;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Attestations;

/// <summary>
/// Writes one builder's result as a Sigstore bundle v0.3, and a set of authorities as a Sigstore trusted root, for stock verifiers. The
/// quorum is carried as one transparency-log entry per authority: same body, proof and checkpoint, but every entry names another
/// authority's key, so that a verifier asked for a <c>tlogThreshold</c> of n - f checks a quorum (@sigstore/verify from 4.1.3).
/// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
/// </summary>
public static class SigstoreExport
{
    /// <summary>The media type of the bundle.</summary>
    public const string BundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

    /// <summary>The media type of the trusted root.</summary>
    public const string TrustedRootMediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

    /// <summary>The name by which a bundle points to a builder's key: SHA-256 of its SubjectPublicKeyInfo in hexadecimal.</summary>
    public static string HintOf(P256PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.KeyId.Hex;
    }

    /// <summary>Writes the bundle of one result.</summary>
    /// <param name="set">The authorities that vouch for the checkpoint.</param>
    /// <param name="result">The result, payload attached.</param>
    /// <param name="index">Where it stands in the log.</param>
    /// <param name="proof">Its inclusion proof in the checkpoint's tree.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="signatures">Log signatures (0x01) of the authorities on it; others are passed over.</param>
    /// <returns>Null when fewer than n - f authorities signed.</returns>
    public static byte[]? Bundle(
        AuthoritySet set, SignedEntry result, long index, ImmutableArray<TreeHash> proof, Checkpoint checkpoint, IEnumerable<NoteSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (result.Type != EntryType.BuildResult || result.Body is null || result.Signer.P256 is null)
            throw new ArgumentException("only a complete build result can be exported", nameof(result));
        var text = checkpoint.ToString();
        var lines = signatures.ToArray();
        var signed = set.Members
            .Select(a => (Authority: a, Line: Array.Find(lines, line => a.Log.Verify(text, line, out _))))
            .Where(s => s.Line is not null)
            .Take(set.Quorum)
            .ToArray();
        if (signed.Length < set.Quorum)
            return null;
        var envelope = new SignedNote(text, [.. signed.Select(s => s.Line!)]).ToString();
        var entries = signed.Select(s => Entry(s.Authority, result, index, proof, checkpoint, envelope));
        return CanonicalObject.Of([
            ("mediaType", BundleMediaType),
            ("verificationMaterial", CanonicalObject.Of([
                ("publicKey", CanonicalObject.Of([("hint", HintOf(result.Signer.P256))])),
                ("tlogEntries", CanonicalArray.Of(entries)),
            ])),
            ("dsseEnvelope", CanonicalObject.Of([
                ("payload", Convert.ToBase64String(result.Payload.Span)),
                ("payloadType", Dsse.InTotoPayloadType),
                ("signatures", CanonicalArray.Of([CanonicalObject.Of([("sig", Convert.ToBase64String(result.Signature.Span))])])),
            ])),
        ]).ToBytes();
    }

    /// <summary>Writes the trusted root: every authority as a transparency log of the same address with a key of its own.</summary>
    public static byte[] TrustedRoot(AuthoritySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return CanonicalObject.Of([
            ("mediaType", TrustedRootMediaType),
            ("tlogs", CanonicalArray.Of(set.Members.Select(a => CanonicalObject.Of([
                ("baseUrl", $"https://{set.Origin}"),
                ("hashAlgorithm", "SHA2_256"),
                ("publicKey", CanonicalObject.Of([
                    ("rawBytes", Convert.ToBase64String(new SignerKey(a.Log.Key).Spki)),
                    ("keyDetails", SignerKey.Ed25519Details),
                    ("validFor", CanonicalObject.Of([("start", "1970-01-01T00:00:00Z")])),
                ])),
                ("logId", CanonicalObject.Of([("keyId", Convert.ToBase64String(a.Log.KeyHash.Span))])),
                ("checkpointKeyId", CanonicalObject.Of([("keyId", Convert.ToBase64String(a.Log.KeyHash.Span))])),
            ])))),
            ("certificateAuthorities", CanonicalArray.Of([])),
            ("ctlogs", CanonicalArray.Of([])),
            ("timestampAuthorities", CanonicalArray.Of([])),
        ]).ToBytes();
    }

    /// <summary>Writes the builders' keys by hint, which a verifier is given beside the trusted root: <c>{hint: base64 SPKI}</c>.</summary>
    public static byte[] BuilderKeys(GenesisDocument genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return CanonicalObject.Of([.. genesis.Builders.Select(b => (HintOf(b.Key), (CanonicalValue?)b.Key.ToString()))]).ToBytes();
    }

    private static CanonicalObject Entry(
        AuthorityMember authority, SignedEntry result, long index, ImmutableArray<TreeHash> proof, Checkpoint checkpoint, string envelope) => CanonicalObject.Of([
        ("logIndex", index.ToString(CultureInfo.InvariantCulture)),
        ("logId", CanonicalObject.Of([("keyId", Convert.ToBase64String(authority.Log.KeyHash.Span))])),
        ("kindVersion", CanonicalObject.Of([("kind", "hashedrekord"), ("version", "0.0.2")])),
        ("canonicalizedBody", Convert.ToBase64String(result.Leaf.Span)),
        ("inclusionProof", CanonicalObject.Of([
            ("logIndex", index.ToString(CultureInfo.InvariantCulture)),
            ("rootHash", checkpoint.Root.ToBase64()),
            ("treeSize", checkpoint.Size.ToString(CultureInfo.InvariantCulture)),
            ("hashes", CanonicalArray.Of(proof.Select(h => (CanonicalValue)h.ToBase64()))),
            ("checkpoint", CanonicalObject.Of([("envelope", envelope)])),
        ])),
    ]);
}
