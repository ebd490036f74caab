using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Keys;

/// <summary><c>pyrsia-authority set …</c>: another vote key, and the authorities of the next epoch.</summary>
internal static class SetCommand
{
    private const string HowToSee = "See what waits with: pyrsia-authority set show";

    internal static Command Create(OptionSource source) =>
        new("set", "The authorities: who sits, and who is to. Each command takes the options that the authority is started with, and asks it where it needs to.") { CreateKey(source), CreateShow(source), CreatePropose(source), CreateApprove(source) };

    private static Command CreateKey(OptionSource source)
    {
        var options = new NodeCommandLine(source, "pyrsia-authority", tokens: true);
        var command = new Command("key", "Make another vote key beside the ones that there are, for a set change to name: the way back into votes after a restore. A running authority reads it at its next start.");
        options.AddTo(command);
        command.SetAction(result =>
        {
            var node = options.Read(result);
            using (AuthorityKeys.Load(node.DataDirectory, node.Secrets))
            {
                // Only where there are keys already.
            }
            var name = AuthorityKeys.AddVoteKey(node.DataDirectory, node.Secrets);
            using var keys = AuthorityKeys.Load(node.DataDirectory, node.Secrets);
            Console.Out.WriteLine($"Made {name}: {Convert.ToBase64String(keys.Votes[^1].Signer.PublicKey.Bytes)}\nIt votes when a set names it: start the authority, then pyrsia-authority set propose");
        });
        return command;
    }

    private static Command CreateShow(OptionSource source)
    {
        var options = new NodeCommandLine(source, "pyrsia-authority", tokens: true);
        var command = new Command("show", "Show who sits, and what is proposed for the next epoch.");
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            using var client = new SetClient(options.Read(result));
            var answer = await client.ShowAsync(cancellationToken);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"epoch {answer.Epoch}: {answer.Members.Count} authorities, {answer.Quorum} decide"));
            foreach (var member in answer.Members) await Console.Out.WriteLineAsync($"  {member.Name} of {member.Organisation}, votes with {member.VoteKey}");
            foreach (var waiting in answer.Waiting)
            {
                var by = waiting.Approvals.Count == 0 ? "" : $": {string.Join(", ", waiting.Approvals)}";
                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"proposed {waiting.Id}\n  log      entry {waiting.Index}\n  approved {waiting.Approvals.Count} of {answer.Quorum}{by}"));
                foreach (var line in Differences(answer, SetClient.Read(waiting))) await Console.Out.WriteLineAsync($"  {line}");
            }
            if (answer.Waiting.Count == 0) await Console.Out.WriteLineAsync("No set waits.");
        });
        return command;
    }

    private static Command CreatePropose(OptionSource source)
    {
        var options = new NodeCommandLine(source, "pyrsia-authority", tokens: true);
        var remove = new Option<string[]>("--remove") { HelpName = "NAME", Description = "An authority that is to leave; it follows from then on. Repeatable." };
        var command = new Command("propose", "Propose the sitting authorities with the newest vote key of this one, and without those to remove. It holds when a quorum has approved it.") { remove };
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            var node = options.Read(result);
            using var keys = AuthorityKeys.Load(node.DataDirectory, node.Secrets);
            using var client = new SetClient(node);
            var answer = await client.ShowAsync(cancellationToken);
            var (chain, own) = (client.Network.Genesis.ChainId, Own(answer, keys));
            var members = MembersOf(answer, result.GetValue(remove)!, own, keys, chain);
            var proposal = new SetProposal(chain, answer.Epoch + 1, members, own.Key.Signer.PublicKey);
            if (!proposal.TryGetSet(client.Network.Genesis.Origin, out _, out var error)) throw new StartupException($"These authorities are no set: {error}.", "Change fewer of them.");
            var submitted = await client.SubmitAsync(new EntrySigner(own.Key.Signer).Sign(proposal), cancellationToken);
            await Console.Out.WriteLineAsync($"Set '{submitted.Id}' is proposed. {submitted.Message}");
            foreach (var line in Differences(answer, proposal)) await Console.Out.WriteLineAsync($"  {line}");
            await Console.Out.WriteLineAsync($"Operators approve it with: pyrsia-authority set approve {submitted.Id}");
        });
        return command;
    }

    private static Command CreateApprove(OptionSource source)
    {
        var options = new NodeCommandLine(source, "pyrsia-authority", tokens: true);
        var id = new Argument<string>("id") { Description = "The proposal's id, as propose and show print it." };
        var command = new Command("approve", "Approve a proposed set as the operator of a sitting authority.") { id };
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (!SetId.TryParse(result.GetValue(id), out var wanted)) throw new StartupException($"'{result.GetValue(id)}' is no id of a proposal: 64 lower-case hexadecimal digits.", HowToSee, isUsage: true);
            var node = options.Read(result);
            using var keys = AuthorityKeys.Load(node.DataDirectory, node.Secrets);
            using var client = new SetClient(node);
            var answer = await client.ShowAsync(cancellationToken);
            var waiting = answer.Waiting.FirstOrDefault(w => w.Id == wanted.ToString()) ?? throw new StartupException($"No set '{wanted}' waits.", HowToSee);
            var proposal = SetClient.Read(waiting);
            var (chain, own) = (client.Network.Genesis.ChainId, Own(answer, keys));
            if (proposal.ChainId != chain) throw new StartupException("The proposal is for another network.", "Name the network file of the running authority with --network FILE.");
            var submitted = await client.SubmitAsync(new EntrySigner(own.Key.Signer).Sign(new SetApproval(chain, proposal.Epoch, wanted, own.Member.Name)), cancellationToken);
            await Console.Out.WriteLineAsync($"{own.Member.Name} approves set '{wanted}'. {submitted.Message}");
            foreach (var line in Differences(answer, proposal)) await Console.Out.WriteLineAsync($"  {line}");
        });
        return command;
    }

    /// <summary>This authority as it sits, and the key that it has there.</summary>
    private static (AuthorityRecord Member, VoteKey Key) Own(AuthoritiesAnswer answer, AuthorityKeys keys)
    {
        var member = answer.Members.FirstOrDefault(m => m.PeerId == keys.Identity.PeerId.ToString()) ?? throw new StartupException("This data directory is of no sitting authority.", HowToSee);
        var key = keys.Votes.FirstOrDefault(vote => Convert.ToBase64String(vote.Signer.PublicKey.Bytes) == member.VoteKey) ?? throw new StartupException($"The vote key of {member.Name} is not in this data directory.", "Give the directory of the running authority with --data-dir.");
        return (member, key);
    }

    private static ImmutableArray<ProposedMember> MembersOf(AuthoritiesAnswer answer, string[] remove, (AuthorityRecord Member, VoteKey Key) own, AuthorityKeys keys, ChainId chain)
    {
        if (remove.FirstOrDefault(name => answer.Members.All(m => m.Name != name)) is { } unknown) throw new StartupException($"No authority {unknown} sits.", HowToSee, isUsage: true);
        var newest = keys.Votes[^1];
        if (newest == own.Key && remove.Length == 0) throw new StartupException("Nothing would change: the newest vote key of this authority is the one that it sits with.", "Make another with pyrsia-authority set key, or name who is to leave with --remove NAME.");
        return [.. answer.Members.Where(m => !remove.Contains(m.Name)).Select(record =>
        {
            var member = SetClient.Read(record);
            return record != own.Member || newest == own.Key ? new ProposedMember(member, default)
                : ProposedMember.Sign(chain, answer.Epoch + 1, member with { VoteKey = newest.Signer.PublicKey }, newest.Signer);
        })];
    }

    /// <summary>What would change, for a person to judge.</summary>
    private static IEnumerable<string> Differences(AuthoritiesAnswer sitting, SetProposal proposal)
    {
        foreach (var before in sitting.Members)
        {
            var after = proposal.Members.Select(m => m.Member).FirstOrDefault(m => m.Name == before.Name);
            if (after is null) yield return $"leaves   {before.Name} of {before.Organisation}";
            else if (after != SetClient.Read(before)) yield return $"changes  {before.Name} of {after.Organisation}: votes with {Convert.ToBase64String(after.VoteKey.Bytes)}, peer {after.PeerId}, {after.Cosigner}, {after.Log}";
        }
        foreach (var member in proposal.Members.Select(m => m.Member).Where(m => sitting.Members.All(s => s.Name != m.Name)))
            yield return $"enters   {member.Name} of {member.Organisation}: votes with {Convert.ToBase64String(member.VoteKey.Bytes)}, peer {member.PeerId}, {member.Cosigner}, {member.Log}";
    }
}
