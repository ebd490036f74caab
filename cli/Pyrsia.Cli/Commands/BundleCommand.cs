using System.CommandLine;
using Pyrsia.Cli.Log;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia bundle</c>: the portable proof as a file.</summary>
internal static class BundleCommand
{
    public static Command Create(CommandLine line)
    {
        var what = new Argument<string>("ref-or-digest") { Description = "An image, a Maven version as G:A:V or a path of its repository, generic:NAME:VERSION, src/DIGEST, or the digest of one of their files." };
        var output = new Option<string?>("-o") { HelpName = "FILE", Description = "Where to write; standard output unless told." };
        var format = new Option<string>("--format") { HelpName = "pyrsia|sigstore|tlog-proof", Description = "What to write: the whole proof, one builder's as a Sigstore bundle, or the verdict's inclusion.", DefaultValueFactory = _ => "pyrsia" };
        format.AcceptOnlyFromAmong("pyrsia", "sigstore", "tlog-proof");
        var command = new Command("bundle", "Writes the portable proof of an artifact, verified before.") { what, output, format };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var network = context.Network();
            var target = VerifyTarget.ReadName(result.GetValue(what)!);
            var fetcher = new BundleFetcher(context.Node, network);
            var (bundle, _) = await fetcher.FetchAsync(target, cancellationToken);
            var bytes = bundle.ToBytes();
            VerificationOutput.Require(ProvenanceVerifier.Verify(bytes, network, new VerificationOptions { Coordinate = target.Coordinate, Digest = target.DigestIn(bundle.Verdict.Entry.Outputs.AsSpan()) }));
            var kind = result.GetValue(format)!;
            var file = kind switch
            {
                "sigstore" => await SigstoreAsync(context.Node, network, bundle, cancellationToken),
                "tlog-proof" => new TlogProof(bundle.Verdict.Index, bundle.Verdict.Proof, bundle.Checkpoint).ToBytes(),
                _ => bytes,
            };
            await WriteAsync(context, result.GetValue(output), kind, bundle, file, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task WriteAsync(CliContext context, string? path, string kind, ProvenanceBundle bundle, byte[] file, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            await using var stream = context.Environment.OutBytes();
            await stream.WriteAsync(file, cancellationToken);
            return;
        }
        DurableFile.Write(path, file);
        if (context.Json) context.WriteJson(new BundleRecord(path, kind, bundle.Coordinate, bundle.Digest.ToString(), file.Length), CliJsonContext.Pretty.BundleRecord);
        else if (!context.Quiet) context.WriteLine($"{path}: {kind} proof of {bundle.Coordinate} ({bundle.Digest}), {file.Length} bytes");
    }

    /// <summary>Stock verifiers count log signatures (0x01), of which the published checkpoint has one: the node is asked for a quorum of them.</summary>
    private static async Task<byte[]> SigstoreAsync(NodeClient node, NetworkFile network, ProvenanceBundle bundle, CancellationToken cancellationToken)
    {
        var log = await RemoteLog.OpenAsync(node, ApiRoutes.LogCheckpoint + "/signatures", cancellationToken) ?? throw TooFew();
        var result = bundle.Results[0];
        if (result.Index >= log.Size) throw TooFew();
        var proof = await log.ProveAsync(result.Index, cancellationToken);
        var checkpoint = log.Checkpoint.Checkpoint;
        if (!(result with { Proof = proof }).IsIn(checkpoint)) throw RemoteLog.Broken($"the entry {result.Index} is not in the tree of size {log.Size}");
        return SigstoreExport.Bundle((await log.SetsAsync(network.Genesis, cancellationToken)).At(log.Size), result.Entry, result.Index, proof, checkpoint, log.Checkpoint.Note.Signatures) ?? throw TooFew();
    }

    private static CliException TooFew() => new(
        "The node has too few log signatures (0x01) of authorities for a Sigstore bundle.", "no-log-signatures", "Ask an authority with --node URL, or export with --format pyrsia.", ExitCode.NotFound);
}
