using System.CommandLine;
using System.Text.Json;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Operating;

/// <summary><c>pyrsia-authority inspect</c>: says what a stopped authority keeps, and changes nothing.</summary>
internal static class InspectCommand
{
    internal static Command Create(OptionSource source)
    {
        var (options, storage) = (new NodeCommandLine(source, "pyrsia-authority", tokens: true), new StorageCommandLine(source));
        var output = new Option<string>("--output") { HelpName = "text|json", Description = "How the answer is written.", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json");
        var command = new Command("inspect", "Say what a stopped authority keeps: where it stands, whether it may vote, its log, journal, open requests and keys. Changes nothing.") { output };
        options.AddTo(command);
        storage.AddTo(command);
        command.SetAction(result =>
        {
            using var authority = StoppedAuthority.Open(options.Read(result), storage.Read(result), TimeProvider.System);
            InspectReport report;
            try
            {
                report = Look(authority);
            }
            catch (Exception e) when (e is ConsensusDataException or IOException)
            {
                throw new StartupException(e.Message, "Restore the authority from a backup, or let it rejoin with a new key.", inner: e);
            }
            Console.Out.WriteLine(result.GetValue(output) == "json" ? JsonSerializer.Serialize(report, InspectJsonContext.Default.InspectReport) : InspectText.Of(report));
        });
        return command;
    }

    private static InspectReport Look(StoppedAuthority authority)
    {
        var (member, keys, journal, tip) = (authority.Place.Member, authority.Keys, authority.Journal, authority.Blocks?.Tip);
        var highest = journal?.HighestVote ?? View.Genesis;
        if (tip is not null && tip.Header.Epoch == authority.Sitting.Epoch && tip.Header.View > highest) highest = tip.Header.View;
        return new InspectReport(
            member.Name, member.Organisation, authority.Network.Genesis.Origin, authority.Network.Genesis.ChainId.Value.ToString(), authority.Storage, authority.Sitting.Epoch.Number, highest.Number,
            authority.NotVotingBecause is null, authority.NotVotingBecause,
            tip is null ? null : new InspectedBlock(tip.Height, tip.Header.View.Number, tip.Hash.ToString(), DateTimeOffset.FromUnixTimeMilliseconds(tip.Header.TimeMs)),
            new InspectedLog(authority.Log.Size, authority.Log.Root.ToString(), authority.Log.Checkpoint?.Checkpoint.Size),
            journal is null ? null : new InspectedJournal(
                journal.Header.Id.ToString("N"), journal.Length, journal.Records, journal.Votes, journal.HighestVote.Number, journal.Header.Floor, journal.WaitingEntries),
            [.. authority.Replay().Ledger.Open.Values.OrderBy(r => r.Index).Select(r => new InspectedRequest(r.Id.ToString(), r.Request.Coordinate, r.Phase.ToString().ToLowerInvariant(), r.Index))],
            new InspectedKeys(
                keys.Identity.PeerId.ToString(), Digest.Of(authority.Sitting.PublicKey.Bytes).ToString(), Digest.Of(keys.Cosigner.PublicKey.Bytes).ToString(), Digest.Of(keys.Log.PublicKey.Bytes).ToString(),
                keys.Builder.PublicKey.KeyId.ToString()));
    }
}
