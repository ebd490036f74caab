using System.Diagnostics.CodeAnalysis;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Verification;

/// <summary>
/// What leads from the authorities of one epoch to those of the next: the last leaf of the epoch, and the checkpoint of exactly the tree that ends with it, which
/// the quorum of the ending epoch has cosigned. Canonical JSON; proves nothing by itself, see <see cref="SetChain"/>.
/// </summary>
/// <param name="Change">The leaf with its inclusion proof.</param>
/// <param name="Checkpoint">The checkpoint, in its published form.</param>
public sealed record SetLink(ProvenEntry<SetChangeEntry> Change, SignedCheckpoint Checkpoint)
{
    /// <summary>Longest link, in bytes: a leaf and a note of 100 signatures in base64, and a proof.</summary>
    public const int MaxBytes = 192 * 1024;

    /// <summary>Makes the link of a leaf.</summary>
    /// <param name="index">Where the leaf stands.</param>
    /// <param name="entry">The leaf.</param>
    /// <param name="tree">Nodes of the tree that ends with it.</param>
    /// <param name="checkpoint">The checkpoint of that tree.</param>
    public static SetLink Create(long index, SetChangeEntry entry, IHashReader tree, SignedCheckpoint checkpoint) =>
        new(new ProvenEntry<SetChangeEntry>(index, entry, MerkleProof.Inclusion(tree, index, index + 1)), checkpoint);

    /// <summary>The link as a document of its own.</summary>
    public byte[] ToBytes() => ToJson().ToBytes();

    /// <summary>Parses a document.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SetLink? link, [NotNullWhen(false)] out string? error)
    {
        link = null;
        if (!CanonicalJson.TryParse(bytes.Span, MaxBytes, out var value, out error))
            return false;
        try
        {
            var reader = new FieldReader(value, "");
            link = Read(reader);
            reader.End();
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = $"set link: {e.Message}";
            return false;
        }
    }

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("index", Change.Index),
        ("leaf", Convert.ToBase64String(Change.Entry.Leaf.Span)),
        ("proof", CanonicalArray.Of(Change.Proof.Select(hash => (CanonicalValue)hash.ToBase64()))),
        ("checkpoint", Checkpoint.Note.ToString())]);

    internal static SetLink Read(FieldReader reader)
    {
        if (ProvenanceBundle.ReadLeaf(reader) is not SetChangeEntry change)
            throw reader.Wrong("leaf", "a set change");
        var proven = new ProvenEntry<SetChangeEntry>(ProvenanceBundle.ReadIndex(reader), change, ProvenanceBundle.ReadProof(reader));
        var note = System.Text.Encoding.UTF8.GetBytes(reader.String("checkpoint", SignedNote.MaxBytes));
        return SignedCheckpoint.TryParse(note, out var checkpoint, out var error) ? new SetLink(proven, checkpoint) : throw new MalformedDocumentException(error);
    }
}
