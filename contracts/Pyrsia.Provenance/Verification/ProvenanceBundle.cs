using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Verification;

/// <summary>An entry with the proof that it is in the bundle's checkpoint.</summary>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Entry">The entry, complete.</param>
/// <param name="Proof">Its inclusion proof.</param>
public sealed record ProvenEntry<TEntry>(long Index, TEntry Entry, ImmutableArray<TreeHash> Proof)
    where TEntry : LogEntry
{
    /// <summary>Whether the proof leads to the checkpoint's root.</summary>
    public bool IsIn(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return MerkleProof.VerifyInclusion(Entry.LeafHash, Index, checkpoint.Size, Proof.AsSpan(), checkpoint.Root);
    }
}

/// <summary>
/// The portable proof of an artifact in one file of canonical JSON: the verdict, the results that agree, their inclusion proofs, and
/// a published checkpoint. One content has one encoding: every byte of it is checked by one step or another.
/// </summary>
/// <param name="ChainId">The network.</param>
/// <param name="Coordinate">The name that was verified.</param>
/// <param name="Digest">The file that the bundle is about: the verdict's root or another of its outputs.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Results">The results that the verdict lists as agreeing, in its order.</param>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Sets">What leads from the authorities of the network file to those that cosigned the checkpoint; empty of epoch 0.</param>
public sealed record ProvenanceBundle(
    ChainId ChainId, string Coordinate, Digest Digest, ProvenEntry<VerdictEntry> Verdict,
    ImmutableArray<ProvenEntry<SignedEntry>> Results, SignedCheckpoint Checkpoint, ImmutableArray<SetLink> Sets)
{
    /// <summary>The bundle's media type.</summary>
    public const string MediaType = "application/vnd.pyrsia.bundle.v1+json";

    /// <summary>Longest bundle, in bytes: a few results of the longest kind.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Most results in a bundle.</summary>
    public const int MaxResults = GenesisDocument.MaxBuilders;

    /// <summary>The file.</summary>
    public byte[] ToBytes() => CanonicalObject.Of([
        ("mediaType", MediaType),
        ("chainId", ChainId.ToString()),
        ("coordinate", Coordinate),
        ("digest", Digest.ToString()),
        ("verdict", Write(Verdict, Verdict.Entry.OutputsDigest is null ? null : VerdictEntry.EncodeOutputs(Verdict.Entry.Outputs))),
        ("results", CanonicalArray.Of(Results.Select(r => Write(r, r.Entry.IsPayloadInline ? null : r.Entry.Payload.ToArray())))),
        ("checkpoint", Checkpoint.Note.ToString()),
        ("sets", Sets.IsEmpty ? null : CanonicalArray.Of(Sets.Select(link => link.ToJson()))),
    ]).ToBytes();

    /// <summary>Parses a bundle. Proves nothing: see <see cref="ProvenanceVerifier"/>.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ProvenanceBundle? bundle, [NotNullWhen(false)] out string? error)
    {
        bundle = null;
        if (!CanonicalJson.TryParse(bytes.Span, MaxBytes, out var value, out error))
            return false;
        try
        {
            var root = new FieldReader(value, "");
            root.Constant("mediaType", MediaType);
            var chain = new ChainId(root.Hex("chainId"));
            var coordinate = BuildRequest.ReadName(root, "coordinate");
            var digest = root.Digest("digest");
            var verdict = root.Object("verdict", ReadVerdict);
            var results = root.Array("results", MaxResults, ReadResult);
            var note = System.Text.Encoding.UTF8.GetBytes(root.String("checkpoint", SignedNote.MaxBytes));
            var sets = root.Has("sets") ? root.Array("sets", SetProposal.MaxEpoch, SetLink.Read) : [];
            if (root.Has("sets") && sets.IsEmpty)
                throw root.Wrong("sets", "absent when there are none");
            root.End();
            if (!SignedCheckpoint.TryParse(note, out var checkpoint, out error))
                return false;
            bundle = new ProvenanceBundle(chain, coordinate, digest, verdict, results, checkpoint, sets);
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = e.Message;
            return false;
        }
    }

    private static CanonicalObject Write<TEntry>(ProvenEntry<TEntry> entry, byte[]? payload)
        where TEntry : LogEntry => CanonicalObject.Of([
        ("index", entry.Index),
        ("leaf", Convert.ToBase64String(entry.Entry.Leaf.Span)),
        ("payload", payload is null ? null : new CanonicalString(Convert.ToBase64String(payload))),
        ("proof", CanonicalArray.Of(entry.Proof.Select(hash => (CanonicalValue)hash.ToBase64()))),
    ]);

    private static ProvenEntry<VerdictEntry> ReadVerdict(FieldReader reader)
    {
        if (ReadLeaf(reader) is not VerdictEntry verdict)
            throw reader.Wrong("leaf", "a verdict");
        if (verdict.OutputsDigest is not null)
        {
            verdict = verdict.TryAttach(reader.Base64("payload", EntryLimits.MaxPayloadBytes), out var complete, out var error)
                ? complete
                : throw new MalformedDocumentException(error);
        }

        return new ProvenEntry<VerdictEntry>(ReadIndex(reader), verdict, ReadProof(reader));
    }

    private static ProvenEntry<SignedEntry> ReadResult(FieldReader reader)
    {
        if (ReadLeaf(reader) is not SignedEntry { Type: EntryType.BuildResult } result)
            throw reader.Wrong("leaf", "a build result");
        if (!result.IsPayloadInline)
        {
            result = result.TryAttach(reader.Base64("payload", EntryLimits.MaxPayloadBytes), out var complete, out var error)
                ? complete
                : throw new MalformedDocumentException(error);
        }

        return new ProvenEntry<SignedEntry>(ReadIndex(reader), result, ReadProof(reader));
    }

    internal static LogEntry ReadLeaf(FieldReader reader) =>
        LogEntry.TryParse(reader.Base64("leaf", EntryLimits.MaxLeafBytes), out var entry, out var error) ? entry : throw new MalformedDocumentException(error);

    internal static long ReadIndex(FieldReader reader) => reader.Integer("index", 0, CanonicalJson.MaxInteger);

    internal static ImmutableArray<TreeHash> ReadProof(FieldReader reader)
    {
        const int hashLength = 44; // 32 bytes in base64
        return [.. reader.Strings("proof", MerkleProof.MaxHashes, hashLength).Select(text =>
            StrictBase64.TryDecode(text, out var hash) && hash.Length == TreeHash.Size ? new TreeHash(hash) : throw reader.Wrong("proof", "hashes in base64"))];
    }
}
