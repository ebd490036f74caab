using Pyrsia.Cli.Output;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Cli.Log;

/// <summary>Proofs about sizes of the log that are bound to its checkpoint.</summary>
internal static class LogProofs
{
    /// <summary>
    /// Proves that the log of <paramref name="second"/> entries begins with the log of <paramref name="first"/>. Both roots are
    /// computed from the node's tiles, so the later is first shown to lead to the checkpoint's root.
    /// </summary>
    public static async Task<ConsistencyRecord> ConsistencyAsync(RemoteLog log, long first, long second, CancellationToken cancellationToken)
    {
        var (firstRoot, secondRoot) = (await RootAsync(log, first, cancellationToken), await RootAsync(log, second, cancellationToken));
        var proof = await ProveAsync(log, first, second, cancellationToken);
        var rest = await ProveAsync(log, second, log.Size, cancellationToken);
        if (!MerkleProof.VerifyConsistency(second, log.Size, secondRoot, log.Checkpoint.Checkpoint.Root, rest)
            || !MerkleProof.VerifyConsistency(first, second, firstRoot, secondRoot, proof))
            throw RemoteLog.Broken($"the sizes {first}, {second} and {log.Size} are not consistent");
        return new ConsistencyRecord(first, second, firstRoot.ToBase64(), secondRoot.ToBase64(), [.. proof.Select(hash => hash.ToBase64())]);
    }

    /// <summary>The root at an earlier size, as the tiles have it.</summary>
    public static async Task<TreeHash> RootAsync(RemoteLog log, long size, CancellationToken cancellationToken) =>
        (await RangeAsync(log, size, cancellationToken)).Root();

    /// <summary>The right edge of the tree at an earlier size, as the tiles have it.</summary>
    public static async Task<CompactRange> RangeAsync(RemoteLog log, long size, CancellationToken cancellationToken)
    {
        await log.FetchAsync(TilePlan.ForRightEdge(size), cancellationToken);
        return CompactRange.Read(log.ReaderAt(size), size);
    }

    private static async Task<TreeHash[]> ProveAsync(RemoteLog log, long first, long second, CancellationToken cancellationToken)
    {
        await log.FetchAsync(TilePlan.ForConsistency(first, second), cancellationToken);
        return [.. MerkleProof.Consistency(log.ReaderAt(second), first, second)];
    }
}
