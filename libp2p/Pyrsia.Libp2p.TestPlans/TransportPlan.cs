using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Libp2p.TestPlans;

/// <summary>transport-interop: one side listens and leaves its address, the other takes it, connects and pings.</summary>
public sealed record TransportPlan : Plan
{
    private const string Key = "listenerAddr";

    /// <summary>Whether this side dials (<c>is_dialer</c>).</summary>
    public required bool IsDialer { get; init; }

    /// <summary>The only transport that is listened on (<c>transport</c>).</summary>
    public required PlanTransport Transport { get; init; }

    /// <summary>The only security protocol that is spoken (<c>security</c>); of QUIC its own.</summary>
    public required SecurityProtocol Security { get; init; }

    /// <summary>Where to listen (<c>ip</c>).</summary>
    public required IPAddress Address { get; init; }

    /// <inheritdoc/>
    public override async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        var board = await PlanBoard.ConnectAsync(Board, Timeout).ConfigureAwait(false);
        await using var owned = board.ConfigureAwait(false);
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [Security] });
        if (IsDialer) await DialAsync(host, Multiaddr.Parse(await board.TakeAsync(Key, cancellationToken).ConfigureAwait(false)), output, cancellationToken).ConfigureAwait(false);
        else await ListenAsync(host, board, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DialAsync(Libp2pHost host, Multiaddr listener, TextWriter output, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var peer = await host.ConnectAsync(listener, cancellationToken).ConfigureAwait(false);
        var ping = await host.PingAsync(peer, cancellationToken).ConfigureAwait(false);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Figures(Stopwatch.GetElapsedTime(start).TotalMilliseconds, ping.TotalMilliseconds))).ConfigureAwait(false);
    }

    private async Task ListenAsync(Libp2pHost host, PlanBoard board, CancellationToken cancellationToken)
    {
        var family = Address.AddressFamily == AddressFamily.InterNetwork ? "ip4" : "ip6";
        var transport = Transport switch { PlanTransport.WebSocket => "tcp/0/ws", PlanTransport.Quic => "udp/0/quic-v1", _ => "tcp/0" };
        await host.ListenAsync(Multiaddr.Parse($"/{family}/{Address}/{transport}"), cancellationToken).ConfigureAwait(false);
        // Of a listener on all interfaces those of loopback come last.
        await board.PushAsync(Key, host.ListenAddresses[0].WithPeerId(host.Id).ToString()).ConfigureAwait(false);
        await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the matrix reads. The spelling of the second is the contract's.</summary>
    private sealed record Figures(
        [property: JsonPropertyName("handshakePlusOneRTTMillis")] double HandshakePlusOneRoundTrip,
        [property: JsonPropertyName("pingRTTMilllis")] double Ping);
}
