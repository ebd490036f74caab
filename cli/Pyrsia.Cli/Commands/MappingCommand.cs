using System.CommandLine;
using Pyrsia.Cli.Builds;
using Pyrsia.Cli.Log;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia mapping …</c>: who says from which source a name is built.</summary>
internal static class MappingCommand
{
    private const string HowToWrite = "Such as maven:org.acme:lib:1.0, or org.acme:lib:1.0.";

    public static Command Create(CommandLine line) =>
        line.Group("mapping", "Says from which source names are built: anybody proposes, authorities approve.", CreatePropose(line), CreateApprove(line), CreateShow(line));

    private static Command CreatePropose(CommandLine line)
    {
        var coordinates = new Option<string[]>("--coordinate", "--gav") { HelpName = "C", Description = "What is built from the source, such as maven:org.acme:lib:1.0, org.acme:lib:1.0 or docker:docker.io/acme/server:1.0. Repeatable.", Required = true };
        var source = new SourceOptions();
        var yes = new Option<bool>("--yes") { Description = "Without --source: propose what the version's own description, such as the scm of its pom, suggests. Without this it is only shown." };
        var command = new Command("propose", "Proposes the source of coordinates; it holds when a quorum of the authorities has approved it.") { coordinates };
        source.AddTo(command);
        command.Options.Add(yes);
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            string[] names = [.. result.GetValue(coordinates)!.Select(ReadCoordinate)];
            var named = await source.ReadAsync(context, result, cancellationToken);
            if (named is null) return await SuggestAsync(context, names, result.GetValue(yes), cancellationToken);
            if (result.GetValue(yes)) throw CliException.Usage("--yes accepts a suggestion, and --source needs none.", "Leave one of them out.");
            var submitted = await context.Node.ProposeMappingAsync(new MappingProposeRequest(names, named.Url, named.Commit, named.Tag, named.Subdirectory), cancellationToken);
            Tell(context, submitted, Proposed(submitted));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Shows what the version's description says of its source, and proposes it when that was accepted beforehand.</summary>
    private static async Task<int> SuggestAsync(CliContext context, string[] names, bool accepted, CancellationToken cancellationToken)
    {
        if (names is not [var name]) throw CliException.Usage("--source is missing.", "Name the git repository with --source URL --ref REF; a suggestion is for one version only.");
        var (suggestion, source) = await SuggestedSource.FindAsync(context, name, cancellationToken);
        var submitted = accepted && source is not null ? await context.Node.ProposeMappingAsync(new MappingProposeRequest(names, source.Url, source.Commit, source.Tag), cancellationToken) : null;
        if (context.Json)
        {
            context.WriteJson(new SuggestionRecord(suggestion, source?.Commit, submitted), CliJsonContext.Pretty.SuggestionRecord);
        }
        else
        {
            var whose = suggestion.Host is { } host ? $"of {host}, which nobody verified" : "verified in the log";
            context.WriteLine($"{suggestion.From} ({whose}) says\n  source   {suggestion.Url}\n  tag      {suggestion.Tag ?? "none"}");
            if (source is not null) context.WriteLine($"  commit   {source.Commit}");
            context.WriteLine(submitted is not null ? Proposed(submitted) : $"Nothing is proposed yet. Look at the repository, then: pyrsia mapping propose --coordinate {name} --source {Words.ShellWord(suggestion.Url)} --ref {source?.Tag ?? source?.Commit ?? "REF"}");
        }
        if (accepted && source is null) throw new CliException("The description names no tag, so there is no commit to propose.", "no-tag", "Find the version's commit, and give it with --source URL --ref REF.", ExitCode.NotFound);
        if (submitted is { Quorum: false }) WarnOfQuorum(context);
        return ExitCode.Done;
    }

    private static string Proposed(MappingSubmitted submitted) => $"Mapping '{submitted.MappingId}' is proposed. {submitted.Message}\nApprove it: pyrsia mapping approve {submitted.MappingId} --keys DIR";

    private static void WarnOfQuorum(CliContext context) => context.Warn("Warning: no quorum of authorities answers; the entry is kept and logged when there is one.");

    private static Command CreateApprove(CommandLine line)
    {
        var id = new Argument<string>("id") { Description = "The mapping's id, as propose and show print it." };
        var keys = new Option<string>("--keys") { HelpName = "DIR", Description = "The folder 'keys' of an authority's data directory, for its vote key.", Required = true };
        var passphrase = new Option<string?>("--" + VoteKeyFile.PassphraseOption) { HelpName = "@FILE", Description = $"File of mode 0600 with the passphrase of an encrypted vote key; or set {VoteKeyFile.PassphraseVariable}." };
        var pin = new Option<string?>("--" + VoteKeyFile.PinOption) { HelpName = "@FILE", Description = $"File of mode 0600 with the PIN of the token that the vote key is in; or set {VoteKeyFile.PinVariable}." };
        var command = new Command("approve", "Approves a proposal as the operator of an authority.") { id, keys, passphrase, pin };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            if (!MappingId.TryParse(result.GetValue(id), out var mapping)) throw CliException.Usage($"'{result.GetValue(id)}' is no mapping id.", "It has 64 lower-case hexadecimal digits; pyrsia mapping show lists what waits.");
            var genesis = context.Network().Genesis;
            var sitting = (await (await RemoteLog.OpenAsync(context.Node, cancellationToken)).SetsAsync(genesis, cancellationToken)).Newest.Members;
            using var key = VoteKeyFile.Read(result.GetValue(keys)!, [.. sitting.Select(a => a.VoteKey)], result.GetValue(passphrase), result.GetValue(pin), context.Environment.Variable);
            var authority = sitting.FirstOrDefault(a => a.VoteKey.Equals(key.PublicKey))
                ?? throw new CliException("The key is of no sitting authority of this network.", "not-an-authority", "Name the keys of an authority that sits, or another network file with --network.", ExitCode.Failed);
            var proposal = await FindAsync(context, mapping, cancellationToken);
            if (proposal.ChainId != genesis.ChainId) throw new CliException("The proposal is for another network.", "wrong-chain", "Name a node and a network file of the same network.", ExitCode.VerificationFailed);
            var approval = new EntrySigner(key).Sign(new MappingApproval(genesis.ChainId, mapping, authority.Name));
            var submitted = await context.Node.SubmitMappingAsync(new MappingSubmitRequest(approval.Leaf.ToArray()), cancellationToken);
            Tell(context, submitted, $"{authority.Name} approves mapping '{mapping}': {string.Join(", ", proposal.Coordinates)} from {Describe(proposal.Source)}. {submitted.Message}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateShow(CommandLine line)
    {
        var coordinate = new Argument<string?>("coordinate") { Description = "What is built; without it, all proposals that wait.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("show", "Shows what a coordinate is built from, and which proposals wait.") { coordinate };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var name = result.GetValue(coordinate) is { } text ? ReadCoordinate(text) : null;
            var answer = await context.Node.MappingAsync(name, null, cancellationToken);
            if (context.Json) context.WriteJson(answer, CliJsonContext.Pretty.MappingAnswer);
            else Print(context, name, answer);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The proposal as its contributor signed it: an id names exactly one, whoever hands it out, so that nobody approves what was not shown.</summary>
    private static async Task<MappingProposal> FindAsync(CliContext context, MappingId id, CancellationToken cancellationToken)
    {
        var answer = await context.Node.MappingAsync(null, id.ToString(), cancellationToken);
        var index = answer.Waiting is [var waiting, ..] ? waiting.Index : throw new CliException($"No proposal '{id}' waits.", "unknown-mapping", "It is decided already, or not in the log yet: pyrsia mapping show", ExitCode.NotFound);
        var log = await RemoteLog.OpenAsync(context.Node, cancellationToken);
        if (index < 0 || index >= log.Size) throw RemoteLog.Broken($"the proposal {id} is said to stand at {index}, which is not in the tree");
        return await log.ReadAsync(index, cancellationToken) is SignedEntry { Body: MappingProposal proposal } entry && entry.PayloadDigest == id.Value
            ? proposal
            : throw RemoteLog.Broken($"the entry {index} is not the proposal {id}");
    }

    private static string ReadCoordinate(string text) =>
        PackageNames.Parse(text) is { } coordinate && Coordinate.OutputFolder(coordinate) is not null ? coordinate : throw CliException.Usage($"'{text}' is no coordinate of something that is built.", HowToWrite);

    private static string Describe(BuildSource source) => source.Tag is { } tag ? $"{source} (tag {tag})" : $"{source}";

    private static string Describe(SourceRecord source) =>
        $"{source.Kind}+{source.Url}@{source.Revision}{(source.Subdirectory is { } folder ? $"#{folder}" : "")}{(source.Tag is { } tag ? $" (tag {tag})" : "")}";

    private static void Print(CliContext context, string? coordinate, MappingAnswer answer)
    {
        if (answer.Mapped is { } mapped) context.WriteLine($"{mapped.Coordinate}\n  source   {Describe(mapped.Source)}\n  mapping  {mapped.MappingId}\n  log      entry {mapped.Index}");
        else if (coordinate is not null) context.WriteLine($"No mapping says what {coordinate} is built from.");
        foreach (var waiting in answer.Waiting)
        {
            var by = waiting.Approvals.Count == 0 ? "" : $": {string.Join(", ", waiting.Approvals)}";
            context.WriteLine($"proposed {waiting.MappingId}\n  names    {string.Join(", ", waiting.Coordinates)}\n  source   {Describe(waiting.Source)}\n  approved {waiting.Approvals.Count} of {waiting.Needed}{by}\n  log      entry {waiting.Index}");
        }
        if (coordinate is null && answer.Waiting.Count == 0) context.WriteLine("No proposal waits.");
    }

    private static void Tell(CliContext context, MappingSubmitted submitted, string text)
    {
        if (context.Json) context.WriteJson(submitted, CliJsonContext.Pretty.MappingSubmitted);
        else context.WriteLine(text);
        if (!submitted.Quorum) WarnOfQuorum(context);
    }
}
