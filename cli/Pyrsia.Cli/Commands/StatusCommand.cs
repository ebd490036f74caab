using System.CommandLine;
using System.Globalization;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("status", "Shows the node's peers, addresses, store and log.") { Aliases = { "-s" } };
        line.Bind(command, async (context, _, cancellationToken) =>
        {
            var status = await context.Node.StatusAsync(cancellationToken);
            if (context.Json) context.WriteJson(status, CliJsonContext.Pretty.StatusResponse);
            else Print(context, status);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(CliContext context, StatusResponse status)
    {
        void Row(string name, string value) => context.WriteLine($"{name + ":",-29}{value}");
        Row("Connected Peers Count", status.PeersCount.ToString(CultureInfo.InvariantCulture));
        Row("Peer Id", status.PeerId);
        foreach (var address in status.PeerAddrs) Row("Address", address);
        Row("Role", $"{status.Role}, version {status.Version}");
        Row("Reachability", status.Reachability);
        if (status.Quic is { } quic) Row("QUIC", quic);
        Row("Store", string.Create(CultureInfo.InvariantCulture, $"{Words.Bytes(status.Store.Bytes)} in {status.Store.Blobs} blobs"));
        Row("From and to peers", $"{Words.Bytes(status.Transfers.BytesIn)} in, {Words.Bytes(status.Transfers.BytesOut)} out");
        Row("Log", status.Log switch
        {
            null => "not followed: the node has no network file",
            { AgeSeconds: { } age } log => string.Create(CultureInfo.InvariantCulture, $"{log.Origin}, {log.Size} entries, cosigned {Words.Age(TimeSpan.FromSeconds(age))} ago"),
            var log => $"{log.Origin}, no checkpoint seen yet",
        });
        if (status.Policy is { } policy) Row("Policy", policy.Allow.Count == 0 ? policy.Mode : $"{policy.Mode}, allowed unverified: {string.Join(", ", policy.Allow)}");
        if (status.Log?.Quorum is { } quorum) Row("Quorum of authorities", quorum ? "yes" : "no");
    }
}
