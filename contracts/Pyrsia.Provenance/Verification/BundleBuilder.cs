using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Verification;

/// <summary>Puts a bundle together out of log entries, tree nodes and a published checkpoint.</summary>
public static class BundleBuilder
{
    /// <summary>The leaves that a bundle for this verdict holds: the verdict itself and the results that agree.</summary>
    public static ImmutableArray<long> EntriesOf(long verdictIndex, VerdictEntry verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return [verdictIndex, .. verdict.Verdict.Agreeing.Select(vote => vote.Index)];
    }

    /// <summary>Builds the bundle.</summary>
    /// <param name="chain">The network.</param>
    /// <param name="digest">The file that the bundle is about: one of the verdict's outputs.</param>
    /// <param name="verdictIndex">Where the verdict stands.</param>
    /// <param name="verdict">A verified verdict with its outputs attached.</param>
    /// <param name="entry">Gives the entry at an index, with its payload attached.</param>
    /// <param name="tree">Gives the nodes of the checkpoint's tree.</param>
    /// <param name="checkpoint">A published checkpoint that covers all of them.</param>
    /// <param name="sets">What leads to the authorities that cosigned the checkpoint.</param>
    /// <exception cref="ArgumentException">The verdict is not a verified one, has not that output, or is not in the checkpoint's tree.</exception>
    /// <exception cref="MissingTileException">A tile is not at hand.</exception>
    public static ProvenanceBundle Build(
        ChainId chain, Digest digest, long verdictIndex, VerdictEntry verdict, Func<long, SignedEntry> entry, IHashReader tree, SignedCheckpoint checkpoint, ImmutableArray<SetLink> sets)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (verdict.Type != EntryType.Verified || verdict.Outputs.All(o => o.Digest != digest))
            throw new ArgumentException("the verdict does not verify that digest", nameof(verdict));
        return Prove(chain, digest, verdictIndex, verdict, [.. verdict.Verdict.Agreeing.Select(vote => vote.Index)], entry, tree, checkpoint, sets);
    }

    /// <summary>Builds the bundle of results that were not verified, which only a verifier accepts that waives the threshold.</summary>
    /// <param name="chain">The network.</param>
    /// <param name="digest">One of the results' outputs.</param>
    /// <param name="verdictIndex">Where the verdict stands.</param>
    /// <param name="verdict">A verdict that is not a verified one.</param>
    /// <param name="results">Where the results stand, in order: some of those that the verdict lists.</param>
    /// <param name="entry">Gives the entry at an index, with its payload attached.</param>
    /// <param name="tree">Gives the nodes of the checkpoint's tree.</param>
    /// <param name="checkpoint">A published checkpoint that covers all of them.</param>
    /// <param name="sets">What leads to the authorities that cosigned the checkpoint.</param>
    /// <exception cref="ArgumentException">The verdict does not list the results, or is not in the checkpoint's tree.</exception>
    /// <exception cref="MissingTileException">A tile is not at hand.</exception>
    public static ProvenanceBundle BuildUnverified(
        ChainId chain, Digest digest, long verdictIndex, VerdictEntry verdict, IReadOnlyList<long> results, Func<long, SignedEntry> entry, IHashReader tree, SignedCheckpoint checkpoint, ImmutableArray<SetLink> sets)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (verdict.Type == EntryType.Verified || results.Except(verdict.Verdict.Dissenting.Select(vote => vote.Index)).Any())
            throw new ArgumentException("the verdict does not list these results as such that were not verified", nameof(verdict));
        return Prove(chain, digest, verdictIndex, verdict, results, entry, tree, checkpoint, sets);
    }

    private static ProvenanceBundle Prove(
        ChainId chain, Digest digest, long verdictIndex, VerdictEntry verdict, IReadOnlyList<long> results, Func<long, SignedEntry> entry, IHashReader tree, SignedCheckpoint checkpoint, ImmutableArray<SetLink> sets)
    {
        var size = checkpoint.Checkpoint.Size;
        if (results.Prepend(verdictIndex).Any(index => index >= size))
            throw new ArgumentException("the checkpoint does not cover the verdict", nameof(checkpoint));
        return new ProvenanceBundle(
            chain, verdict.Verdict.Coordinate, digest,
            new ProvenEntry<VerdictEntry>(verdictIndex, verdict, MerkleProof.Inclusion(tree, verdictIndex, size)),
            [.. results.Select(index => new ProvenEntry<SignedEntry>(index, entry(index), MerkleProof.Inclusion(tree, index, size)))],
            checkpoint, sets);
    }
}
