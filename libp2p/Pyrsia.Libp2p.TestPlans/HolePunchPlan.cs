using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Libp2p.TestPlans;

/// <summary>hole-punch-interop: two clients behind routers meet at a relay; the one that dials measures a round trip when they are connected directly.</summary>
public sealed record HolePunchPlan : Plan
{
    private const string RelayKey = "RELAY_TCP_ADDRESS";
    private const string ListenerKey = "LISTEN_CLIENT_PEER_ID";

    /// <summary>Whether this side dials (<c>MODE</c>).</summary>
    public required bool IsDialer { get; init; }

    /// <inheritdoc/>
    public override async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        var board = await PlanBoard.ConnectAsync(Board, Timeout).ConfigureAwait(false);
        await using var owned = board.ConfigureAwait(false);
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Noise] });
        using var puncher = new HolePuncher(host);
        // A hole is punched from a listening port.
        await host.ListenAsync(Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"), cancellationToken).ConfigureAwait(false);
        var circuit = Multiaddr.Parse($"{await board.TakeAsync(RelayKey, cancellationToken).ConfigureAwait(false)}/p2p-circuit");
        if (IsDialer) await DialAsync(host, circuit.WithPeerId(PeerId.Parse(await board.TakeAsync(ListenerKey, cancellationToken).ConfigureAwait(false))), output, cancellationToken).ConfigureAwait(false);
        else await ListenAsync(host, circuit, board, cancellationToken).ConfigureAwait(false);
    }

    private static async Task ListenAsync(Libp2pHost host, Multiaddr circuit, PlanBoard board, CancellationToken cancellationToken)
    {
        await host.ListenAsync(circuit, cancellationToken).ConfigureAwait(false);
        await board.PushAsync(ListenerKey, host.Id.ToString()).ConfigureAwait(false);
        await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DialAsync(Libp2pHost host, Multiaddr listener, TextWriter output, CancellationToken cancellationToken)
    {
        var peer = await host.ConnectAsync(listener, cancellationToken).ConfigureAwait(false);
        await host.WaitDirectAsync(peer, cancellationToken).ConfigureAwait(false);
        var ping = await host.PingAsync(peer, cancellationToken).ConfigureAwait(false);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Figures(ping.TotalMilliseconds))).ConfigureAwait(false);
    }

    /// <summary>What the matrix reads.</summary>
    private sealed record Figures([property: JsonPropertyName("rtt_to_holepunched_peer_millis")] double RoundTrip);
}
