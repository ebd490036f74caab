namespace Pyrsia.Provenance.Merkle;

/// <summary>Gives the stored nodes of a tree.</summary>
public interface IHashReader
{
    /// <summary>
    /// The root of the perfect subtree over the leaves <c>[index * 2^level, (index + 1) * 2^level)</c>, all of which exist.
    /// </summary>
    /// <exception cref="MissingTileException">The node's tile is not at hand.</exception>
    TreeHash Read(int level, long index);
}
