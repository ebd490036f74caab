using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Pyrsia.Cli.Log;
using Pyrsia.Cli.Output;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia log …</c>: the log by itself.</summary>
internal static class LogCommand
{
    public static Command Create(CommandLine line) =>
        line.Group("log", "Reads the log by itself.", CreateCheckpoint(line), CreateEntry(line), CreateConsistency(line), CreateAudit(line));

    private static Command CreateCheckpoint(CommandLine line)
    {
        var command = new Command("checkpoint", "Prints the newest checkpoint, verified where there is a network file.");
        line.Bind(command, async (context, _, cancellationToken) =>
        {
            var log = await RemoteLog.OpenAsync(context.Node, cancellationToken);
            var times = await TrustedCheckpoint.CheckIfPossibleAsync(context, log, cancellationToken);
            var (checkpoint, note) = (log.Checkpoint.Checkpoint, log.Checkpoint.Note.ToString());
            DateTimeOffset? time = times is null ? null : DateTimeOffset.FromUnixTimeSeconds(times.Time);
            var age = context.Time.GetUtcNow() - time;
            if (context.Json)
                context.WriteJson(new CheckpointRecord(checkpoint.Origin, checkpoint.Size, checkpoint.Root.ToBase64(), times is null ? null : true, time, (long?)age?.TotalSeconds, note), CliJsonContext.Pretty.CheckpointRecord);
            else context.Environment.Out.Write(note);
            if (times is null) context.Warn("Warning: not verified, there is no network file.");
            else if (!context.Json) context.Warn($"Verified: cosigned by a quorum at {Words.Time(time!.Value)}, {Words.Age(age!.Value)} ago.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateEntry(CommandLine line)
    {
        var index = new Argument<long>("index") { Description = "The entry's log index, from 0." };
        var command = new Command("entry", "Prints an entry, proven to be in the tree.") { index };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var at = result.GetValue(index);
            var log = await RemoteLog.OpenAsync(context.Node, cancellationToken);
            await TrustedCheckpoint.CheckIfPossibleAsync(context, log, cancellationToken);
            if (at < 0 || at >= log.Size) throw new CliException($"The log has no entry {at}.", "not-found", $"Its {log.Size} entries are numbered from 0.", ExitCode.NotFound);
            var entry = await log.ReadAsync(at, cancellationToken);
            var checkpoint = log.Checkpoint.Checkpoint;
            if (!MerkleProof.VerifyInclusion(entry.LeafHash, at, log.Size, (await log.ProveAsync(at, cancellationToken)).AsSpan(), checkpoint.Root)) throw RemoteLog.Broken($"the entry {at} is not in the tree");
            var payload = entry is SignedEntry signed ? JsonNode.Parse(signed.Payload.Span) : null;
            context.WriteJson(new EntryRecord(at, entry.Type.ToWord(), entry.LeafHash.ToBase64(), Included: true, log.Size, JsonNode.Parse(entry.Leaf.Span)!, payload), CliJsonContext.Pretty.EntryRecord);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateConsistency(CommandLine line)
    {
        var from = new Argument<long>("from") { Description = "The earlier size." };
        var to = new Argument<long>("to") { Description = "The later size." };
        var command = new Command("consistency", "Proves that the log at one size begins with the log at an earlier size.") { from, to };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var (first, second) = (result.GetValue(from), result.GetValue(to));
            var log = await RemoteLog.OpenAsync(context.Node, cancellationToken);
            await TrustedCheckpoint.CheckIfPossibleAsync(context, log, cancellationToken);
            if (first < 1 || first > second || second > log.Size) throw CliException.Usage($"The sizes must be 1 to {log.Size}, the earlier first.", "See: pyrsia log checkpoint");
            var record = await LogProofs.ConsistencyAsync(log, first, second, cancellationToken);
            if (context.Json) context.WriteJson(record, CliJsonContext.Pretty.ConsistencyRecord);
            else
            {
                context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The log of {second} entries begins with the log of {first}."));
                context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"root at {first}: {record.FromRoot}"));
                context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"root at {second}: {record.ToRoot}"));
                foreach (var hash in record.Proof) context.WriteLine($"proof: {hash}");
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateAudit(CommandLine line)
    {
        var from = new Option<long>("--from") { HelpName = "N", Description = "Take the entries before this index as checked, and their root as given." };
        var command = new Command("audit", "Reads every entry, checks its form and signature, derives verified verdicts from the results that they name, and computes the root anew. Other verdicts hang on block times, which the log does not hold.") { from };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var network = context.Network();
            var log = await RemoteLog.OpenAsync(context.Node, cancellationToken);
            await TrustedCheckpoint.CheckAsync(network, log, cancellationToken);
            var start = result.GetValue(from);
            if (start < 0 || start > log.Size) throw CliException.Usage($"--from must be 0 to {log.Size}.", "See: pyrsia log checkpoint");
            var record = await new LogAudit(log, network.Genesis, await log.SetsAsync(network.Genesis, cancellationToken)).RunAsync(start, cancellationToken);
            if (context.Json) context.WriteJson(record, CliJsonContext.Pretty.AuditRecord);
            else
            {
                context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{log.Size - start} entries are well formed and signed, and lead to the cosigned root {record.Root} of size {log.Size}."));
                foreach (var (type, count) in record.Entries) context.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {type,-16} {count}"));
            }
            return ExitCode.Done;
        });
        return command;
    }
}
