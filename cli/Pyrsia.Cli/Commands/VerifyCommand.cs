using System.CommandLine;
using Pyrsia.Cli.Log;
using Pyrsia.Cli.Output;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia verify</c>: the command line's own verdict on an artifact, by its own network file.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandLine line)
    {
        var what = new Argument<string>("ref-or-file") { Description = "An image, a Maven version as G:A:V or a path of its repository, generic:NAME:VERSION, src/DIGEST, a file, or a bundle. An existing path, or one that starts with / or ./, is a file." };
        var bundle = new Option<string?>("--bundle") { HelpName = "FILE", Description = "The proof; without it the node is asked." };
        var policy = new Option<string?>("--policy") { HelpName = "FILE", Description = "A tlog-policy in place of the network file's, or another network file." };
        var offline = new Option<bool>("--offline") { Description = "Open no connection." };
        var threshold = new Option<int>("--threshold") { HelpName = "K", Description = "Builders of distinct organisations that must agree; the network's own number holds when it is higher." };
        var maxAge = new Option<string?>("--max-age") { HelpName = "TIME", Description = "How old the checkpoint may be, such as 24h or 7d." };
        var command = new Command("verify", "Verifies an artifact: digest, signatures of the builders, threshold, inclusion in the log, quorum of authorities.") { what, bundle, policy, offline, threshold, maxAge };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var (network, trust) = ReadTrust(context, result.GetValue(policy));
            var target = VerifyTarget.Read(result.GetValue(what)!, result.GetValue(bundle));
            var bytes = target.Bundle ?? await FetchAsync(context, network, target, result.GetValue(offline), cancellationToken);
            var report = ProvenanceVerifier.Verify(bytes, network, new VerificationOptions
            {
                Coordinate = target.Coordinate,
                Digest = target.Output is not null && ProvenanceBundle.TryParse(bytes, out var proof, out _) ? target.DigestIn(proof.Verdict.Entry.Outputs.AsSpan()) : target.Digest,
                Threshold = result.GetValue(threshold),
                Policy = trust,
                Now = context.Time.GetUtcNow(),
                MaxAge = ReadAge(result.GetValue(maxAge)),
            });
            return VerificationOutput.Print(context, report);
        });
        return command;
    }

    private static async Task<byte[]> FetchAsync(CliContext context, NetworkFile network, VerifyTarget target, bool offline, CancellationToken cancellationToken)
    {
        if (offline) throw CliException.Usage("--offline needs the proof.", "Give it with --bundle FILE; `pyrsia bundle REF -o FILE` writes one.");
        var fetcher = new BundleFetcher(context.Node, network);
        var (bundle, _) = await fetcher.FetchAsync(target, cancellationToken);
        return bundle.ToBytes();
    }

    /// <summary>A policy file is a network file when it is JSON, else a tlog-policy, which says nothing about builders: those come from the network file.</summary>
    private static (NetworkFile Network, TrustPolicy? Policy) ReadTrust(CliContext context, string? path)
    {
        if (path is null) return (context.Network(), null);
        if (!File.Exists(path)) throw CliException.Usage($"There is no policy at {path}.", "Give a network file or a tlog-policy.");
        if (new FileInfo(path).Length > NetworkFile.MaxBytes) throw CliException.Usage($"{path} is too long for a policy.", "Give a network file or a tlog-policy.");
        var bytes = File.ReadAllBytes(path);
        if (bytes.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..]) return (NetworkFiles.Parse(bytes, path), null);
        return TrustPolicy.TryParse(System.Text.Encoding.UTF8.GetString(bytes), out var policy, out var error)
            ? (context.Network(), policy)
            : throw CliException.Usage($"{path}: {error}", "Give a network file or a tlog-policy.");
    }

    private static TimeSpan? ReadAge(string? text) =>
        text is null ? null
        : Words.TryParseSpan(text, out var span) ? span
        : throw CliException.Usage($"'{text}' is no age.", "Write a number with s, m, h or d, such as 24h or 7d.");
}
