using System.Security.Cryptography;

namespace Pyrsia.Provenance.Merkle;

/// <summary>
/// The hashing of RFC 6962 section 2.1: <c>SHA-256(0x00 || leaf)</c>, <c>SHA-256(0x01 || left || right)</c>, and
/// SHA-256 of nothing for the empty tree. https://www.rfc-editor.org/rfc/rfc6962#section-2.1
/// </summary>
public static class Rfc6962
{
    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    /// <summary>The root of a tree without leaves.</summary>
    public static TreeHash EmptyRoot { get; } = new(SHA256.HashData([]));

    /// <summary>Hashes one leaf.</summary>
    public static TreeHash HashLeaf(ReadOnlySpan<byte> leaf)
    {
        const int small = 1024; // on the stack a single call does it
        if (leaf.Length < small)
        {
            Span<byte> input = stackalloc byte[1 + leaf.Length];
            input[0] = LeafPrefix;
            leaf.CopyTo(input[1..]);
            Span<byte> digest = stackalloc byte[TreeHash.Size];
            SHA256.HashData(input, digest);
            return new TreeHash(digest);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([LeafPrefix]);
        hash.AppendData(leaf);
        Span<byte> output = stackalloc byte[TreeHash.Size];
        hash.GetHashAndReset(output);
        return new TreeHash(output);
    }

    /// <summary>Hashes two sibling nodes into their parent.</summary>
    public static TreeHash HashNode(TreeHash left, TreeHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * TreeHash.Size)];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + TreeHash.Size)..]);
        Span<byte> output = stackalloc byte[TreeHash.Size];
        SHA256.HashData(input, output);
        return new TreeHash(output);
    }

    /// <summary>The root of the tree over these leaf hashes, computed in memory.</summary>
    public static TreeHash RootOf(ReadOnlySpan<TreeHash> leafHashes)
    {
        var range = CompactRange.Empty;
        return range.Append(leafHashes).Root();
    }
}
