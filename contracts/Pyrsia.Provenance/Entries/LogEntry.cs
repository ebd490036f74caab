using System.Diagnostics.CodeAnalysis;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Provenance.Entries;

/// <summary>An entry of the log: its leaf's bytes and what they say. A leaf has exactly one spelling (canonical JSON).</summary>
public abstract class LogEntry
{
    private TreeHash? _leafHash;

    private protected LogEntry(EntryType type, ReadOnlyMemory<byte> leaf)
    {
        Type = type;
        Leaf = leaf;
    }

    /// <summary>What it is.</summary>
    public EntryType Type { get; }

    /// <summary>The leaf's bytes, as they stand in an entry bundle.</summary>
    public ReadOnlyMemory<byte> Leaf { get; }

    /// <summary>The RFC 6962 hash of the leaf.</summary>
    public TreeHash LeafHash => _leafHash ??= Rfc6962.HashLeaf(Leaf.Span);

    /// <summary>Parses a leaf. Says nothing about signatures: see <see cref="SignedEntry.VerifySignature"/>.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> leaf, [NotNullWhen(true)] out LogEntry? entry, [NotNullWhen(false)] out string? error)
    {
        entry = null;
        if (!CanonicalJson.TryParse(leaf.Span, EntryLimits.MaxLeafBytes, out var value, out error))
            return false;
        try
        {
            var root = new FieldReader(value, "");
            entry = (root.Has("kind") ? root.String("kind", EntryLimits.MaxWordLength) : null) switch
            {
                VerdictEntry.Kind => VerdictEntry.Read(value, leaf),
                SetChangeEntry.Kind => SetChangeEntry.Read(value, leaf),
                _ => SignedEntry.Read(value, leaf),
            };
            return true;
        }
        catch (MalformedDocumentException e)
        {
            error = $"entry: {e.Message}";
            return false;
        }
    }
}
