using System.Globalization;

namespace Pyrsia.Libp2p.Probe;

/// <summary>One look at one peer: dial, identify, ping.</summary>
public static class PeerProbe
{
    /// <summary>Dials and prints; what goes wrong is said in one line on <paramref name="error"/>.</summary>
    /// <param name="address">Where.</param>
    /// <param name="security">The one protocol to speak, null for all.</param>
    /// <param name="pings">Round trips to measure.</param>
    /// <param name="upgrade">How long to wait, after the pings over a relay, for a direct connection; then as many follow.</param>
    /// <param name="timeout">How long all of it may take.</param>
    /// <param name="output">What was seen.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>0 when the peer answered, else 1.</returns>
    public static async Task<int> RunAsync(
        Multiaddr address, SecurityProtocol? security, int pings, TimeSpan upgrade, TimeSpan timeout, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        var options = new Libp2pHostOptions { Identity = KeyPair.Generate(), AgentVersion = "libp2p-probe/0.1.0", DialTimeout = timeout };
        await using var host = new Libp2pHost(security is { } only ? options with { Security = [only] } : options);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            // A hole is punched from a listening port.
            using var puncher = upgrade > TimeSpan.Zero ? new HolePuncher(host) : null;
            if (puncher is not null) await host.ListenAsync(Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"), limit.Token).ConfigureAwait(false);
            var peer = await host.ConnectAsync(address, limit.Token).ConfigureAwait(false);
            var identified = await host.WaitIdentifiedAsync(peer, limit.Token).ConfigureAwait(false);
            if (host.FindPeer(peer) is not { } info) throw new ConnectionClosedException("The peer hung up.");
            await PrintAsync(info, identified ? host.PeerStore.GetAddresses(peer) : [], output).ConfigureAwait(false);
            await PingAsync(host, peer, pings, output, limit.Token).ConfigureAwait(false);
            if (upgrade > TimeSpan.Zero && info.Address.IsRelayed)
            {
                var direct = await UpgradedAsync(host, peer, upgrade, limit.Token).ConfigureAwait(false);
                await output.WriteLineAsync($"path      {(direct is null ? "relayed" : direct.IsPunched ? "punched" : "direct")}\naddress   {direct?.Address ?? info.Address}").ConfigureAwait(false);
                await PingAsync(host, peer, pings, output, limit.Token).ConfigureAwait(false);
            }
            return 0;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync($"{address} did not answer in {timeout.TotalSeconds} s.").ConfigureAwait(false);
        }
        catch (Exception e) when (e is Libp2pException or IOException or TimeoutException)
        {
            await error.WriteLineAsync($"{address}: {e.Message}").ConfigureAwait(false);
        }
        return 1;
    }

    private static async Task PingAsync(Libp2pHost host, PeerId peer, int pings, TextWriter output, CancellationToken cancellationToken)
    {
        for (var i = 0; i < pings; i++)
        {
            var time = await host.PingAsync(peer, cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ping      {time.TotalMilliseconds:0.###} ms")).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a connection that leads over no relay; null when none comes.</summary>
    private static async Task<PeerInfo?> UpgradedAsync(Libp2pHost host, PeerId peer, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await host.WaitDirectAsync(peer, cancellationToken).WaitAsync(limit, cancellationToken).ConfigureAwait(false);
            return host.FindPeer(peer);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task PrintAsync(PeerInfo info, IReadOnlyList<Multiaddr> addresses, TextWriter output)
    {
        await output.WriteLineAsync($"peer      {info.Id}\naddress   {info.Address}\nsecurity  {info.Security}\nagent     {info.Agent ?? "(it does not say)"}").ConfigureAwait(false);
        foreach (var address in addresses) await output.WriteLineAsync($"listens   {address}").ConfigureAwait(false);
        foreach (var protocol in info.Protocols.Order(StringComparer.Ordinal)) await output.WriteLineAsync($"speaks    {protocol}").ConfigureAwait(false);
    }
}
