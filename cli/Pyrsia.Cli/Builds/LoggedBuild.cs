using Pyrsia.Cli.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Cli.Builds;

/// <summary>A build from source as a builder attested it in the log: everything that a rebuild needs.</summary>
/// <param name="Index">Where the builder's result stands.</param>
/// <param name="Statement">What it says.</param>
internal sealed record LoggedBuild(long Index, SourceBuildStatement Statement)
{
    /// <summary>Reads the result at an index, or the first one that a verified verdict there rests on, and verifies that it is in the tree and signed by that builder.</summary>
    /// <exception cref="CliException">There is none, or it does not verify.</exception>
    public static async Task<LoggedBuild> ReadAsync(RemoteLog log, GenesisDocument genesis, long index, CancellationToken cancellationToken)
    {
        var entry = await ReadProvenAsync(log, index, cancellationToken);
        if (entry is VerdictEntry { Type: EntryType.Verified } verdict)
        {
            var vote = verdict.Verdict.Agreeing[0];
            var result = await ReadProvenAsync(log, vote.Index, cancellationToken);
            var build = Read(genesis, vote.Index, result);
            return build.Statement.Builder == vote.Name && build.Statement.Request == verdict.Verdict.Request && build.Statement.Outputs.SequenceEqual(verdict.Outputs)
                ? build
                : throw RemoteLog.Broken($"the verdict {index} rests on the result {vote.Index}, which says something else");
        }
        return Read(genesis, index, entry);
    }

    private static LoggedBuild Read(GenesisDocument genesis, long index, LogEntry entry)
    {
        if (entry is not SignedEntry { Body: SourceBuildStatement statement } signed)
            throw new CliException($"The entry {index} is '{entry.Type.ToWord()}' and no result of a build from source.", "not-a-build", "Give the index of a build-result or verified entry: pyrsia inspect-log maven --gav G:A:V", ExitCode.NotFound);
        if (genesis.FindBuilder(statement.Builder) is not { } builder || !builder.Key.Equals(signed.Signer.P256) || !signed.VerifySignature())
            throw RemoteLog.Broken($"the result {index} is not signed by the builder {statement.Builder} of the network file");
        return statement.Run.ChainId == genesis.ChainId ? new LoggedBuild(index, statement) : throw RemoteLog.Broken($"the result {index} is of another network");
    }

    private static async Task<LogEntry> ReadProvenAsync(RemoteLog log, long index, CancellationToken cancellationToken)
    {
        if (index < 0 || index >= log.Size) throw new CliException($"The log has no entry {index}.", "not-found", $"Its {log.Size} entries are numbered from 0.", ExitCode.NotFound);
        var entry = await log.ReadAsync(index, cancellationToken);
        var proof = await log.ProveAsync(index, cancellationToken);
        return MerkleProof.VerifyInclusion(entry.LeafHash, index, log.Size, proof.AsSpan(), log.Checkpoint.Checkpoint.Root) ? entry : throw RemoteLog.Broken($"the entry {index} is not in the tree");
    }
}
