using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Node.Artifacts;

/// <summary>Puts the portable proof of a verdict together from the stored log.</summary>
internal static class LogBundles
{
    /// <summary>The bundle for one output of a verdict; null when the log has no whole, verified verdict there.</summary>
    internal static ProvenanceBundle? Build(LogView log, long verdictIndex, Digest? output)
    {
        if (log.Store.Checkpoint is not { } checkpoint || verdictIndex >= checkpoint.Checkpoint.Size) return null;
        if (Read(log, verdictIndex) is not VerdictEntry { Type: EntryType.Verified, Outputs.IsEmpty: false } verdict) return null;
        var entries = verdict.Verdict.Agreeing.ToDictionary(vote => vote.Index, vote => Read(log, vote.Index) as SignedEntry);
        if (entries.Values.Any(entry => entry?.Body is null)) return null;
        var tree = new TileHashReader(checkpoint.Checkpoint.Size, log.Store.ReadTile);
        return BundleBuilder.Build(log.Network.Genesis.ChainId, output ?? verdict.Verdict.Root, verdictIndex, verdict, index => entries[index]!, tree, checkpoint, SetsFor(log, checkpoint));
    }

    /// <summary>The bundle of a result that was not verified; null when it is not whole here.</summary>
    internal static ProvenanceBundle? BuildUnverified(LogView log, UnverifiedAnswer answer)
    {
        if (log.Store.Checkpoint is not { } checkpoint || answer.Verdict >= checkpoint.Checkpoint.Size || Read(log, answer.Verdict) is not VerdictEntry verdict) return null;
        var entries = answer.Results.ToDictionary(index => index, index => Read(log, index) as SignedEntry);
        if (entries.Values.Any(entry => entry?.Body is null)) return null;
        var tree = new TileHashReader(checkpoint.Checkpoint.Size, log.Store.ReadTile);
        return BundleBuilder.BuildUnverified(log.Network.Genesis.ChainId, answer.Root, answer.Verdict, verdict, answer.Results, index => entries[index]!, tree, checkpoint, SetsFor(log, checkpoint));
    }

    private static ImmutableArray<SetLink> SetsFor(LogView log, SignedCheckpoint checkpoint) => log.Sets.Chain.For(checkpoint)?.Links ?? [];

    private static LogEntry? Read(LogView log, long index) => EntryReader.Read(log.Store.ReadLeaf(index), log.Store.ReadPayload);
}
