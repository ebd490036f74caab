using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Provenance.Chunks;

/// <summary>
/// The RFC 6962 tree over a blob's chunks, with all leaf hashes at hand. With a root that a quorum logged, every chunk from an
/// untrusted peer can be checked alone, before the rest of the blob is there.
/// </summary>
public sealed class ChunkTree
{
    private readonly TreeHash[] _leaves;

    internal ChunkTree(ChunkLayout layout, TreeHash[] leaves)
    {
        Layout = layout;
        _leaves = leaves;
        Root = Rfc6962.RootOf(leaves);
    }

    /// <summary>How the blob is cut.</summary>
    public ChunkLayout Layout { get; }

    /// <summary>The root.</summary>
    public TreeHash Root { get; }

    /// <summary>The hash of every chunk.</summary>
    public ReadOnlySpan<TreeHash> Leaves => _leaves;

    /// <summary>Takes the leaf list that a peer sent (32 bytes a chunk) when it leads to the trusted root.</summary>
    public static bool TryCreate(ChunkLayout layout, TreeHash trustedRoot, ReadOnlySpan<byte> leafList, [NotNullWhen(true)] out ChunkTree? tree)
    {
        tree = null;
        if (leafList.Length != (long)layout.Count * TreeHash.Size)
            return false;
        var leaves = new TreeHash[layout.Count];
        for (var i = 0; i < leaves.Length; i++)
            leaves[i] = new TreeHash(leafList.Slice(i * TreeHash.Size, TreeHash.Size));
        var candidate = new ChunkTree(layout, leaves);
        if (candidate.Root != trustedRoot)
            return false;
        tree = candidate;
        return true;
    }

    /// <summary>The leaf list as peers send it: 32 bytes a chunk.</summary>
    public byte[] ToLeafList()
    {
        var bytes = new byte[_leaves.Length * TreeHash.Size];
        for (var i = 0; i < _leaves.Length; i++)
            _leaves[i].CopyTo(bytes.AsSpan(i * TreeHash.Size));
        return bytes;
    }

    /// <summary>Whether these are the bytes of that chunk.</summary>
    public bool Verify(int index, ReadOnlySpan<byte> chunk) =>
        index >= 0 && index < _leaves.Length && chunk.Length == Layout.LengthOf(index) && Rfc6962.HashLeaf(chunk) == _leaves[index];

    /// <summary>The inclusion proof of one chunk, for a peer that lacks the leaf list.</summary>
    public ImmutableArray<TreeHash> Prove(int index) => MerkleProof.Inclusion(new LeafHashReader(_leaves), index, _leaves.Length);

    /// <summary>Whether a chunk and its proof lead to the trusted root.</summary>
    public static bool VerifyProof(ChunkLayout layout, TreeHash trustedRoot, int index, ReadOnlySpan<byte> chunk, ReadOnlySpan<TreeHash> proof) =>
        index >= 0 && index < layout.Count && chunk.Length == layout.LengthOf(index)
        && MerkleProof.VerifyInclusion(Rfc6962.HashLeaf(chunk), index, layout.Count, proof, trustedRoot);
}
