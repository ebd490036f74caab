namespace Pyrsia.Provenance.Merkle;

/// <summary>Computes the nodes of a small tree from its leaf hashes; what it computed it does not keep.</summary>
public sealed class LeafHashReader(ReadOnlyMemory<TreeHash> leaves) : IHashReader
{
    /// <inheritdoc/>
    public TreeHash Read(int level, long index)
    {
        var count = 1 << level;
        return Rfc6962.RootOf(leaves.Span.Slice((int)(index * count), count));
    }
}
