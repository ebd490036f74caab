using System.CommandLine;
using System.Globalization;
using Pyrsia.Cli.Output;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia list</c>.</summary>
internal static class ListCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("list", "Lists the peers that the node is connected to.") { Aliases = { "-l" } };
        line.Bind(command, async (context, _, cancellationToken) =>
        {
            var peers = await context.Node.PeersAsync(cancellationToken);
            if (context.Json)
            {
                context.WriteJson(peers, CliJsonContext.Pretty.IReadOnlyListPeerDetails);
                return ExitCode.Done;
            }
            context.WriteLine("Connected Peers:");
            foreach (var peer in peers)
            {
                var roundTrip = peer.RttMilliseconds is { } rtt ? string.Create(CultureInfo.InvariantCulture, $"{rtt:0.0} ms") : "-";
                context.WriteLine($"{peer.PeerId}  {peer.Address}  {roundTrip}  {(peer.Agent.Length > 0 ? peer.Agent : "-")}  {peer.Role}{(peer.State == "alive" ? "" : $"  ({peer.State})")}");
            }
            if (peers.Count == 0) context.WriteLine("none");
            return ExitCode.Done;
        });
        return command;
    }
}
