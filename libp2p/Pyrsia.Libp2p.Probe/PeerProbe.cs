using System.Globalization;

namespace Pyrsia.Libp2p.Probe;

/// <summary>One look at one peer: dial, identify, ping.</summary>
public static class PeerProbe
{
    /// <summary>Dials and prints; what goes wrong is said in one line on <paramref name="error"/>.</summary>
    /// <param name="address">Where.</param>
    /// <param name="security">The one protocol to speak, null for all.</param>
    /// <param name="pings">Round trips to measure.</param>
    /// <param name="timeout">How long all of it may take.</param>
    /// <param name="output">What was seen.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>0 when the peer answered, else 1.</returns>
    public static async Task<int> RunAsync(
        Multiaddr address, SecurityProtocol? security, int pings, TimeSpan timeout, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
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
            var peer = await host.ConnectAsync(address, limit.Token).ConfigureAwait(false);
            var identified = await host.WaitIdentifiedAsync(peer, limit.Token).ConfigureAwait(false);
            if (host.FindPeer(peer) is not { } info) throw new ConnectionClosedException("The peer hung up.");
            await PrintAsync(info, identified ? host.PeerStore.GetAddresses(peer) : [], output).ConfigureAwait(false);
            for (var i = 0; i < pings; i++)
            {
                var time = await host.PingAsync(peer, limit.Token).ConfigureAwait(false);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ping      {time.TotalMilliseconds:0.###} ms")).ConfigureAwait(false);
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

    private static async Task PrintAsync(PeerInfo info, IReadOnlyList<Multiaddr> addresses, TextWriter output)
    {
        await output.WriteLineAsync($"peer      {info.Id}\naddress   {info.Address}\nsecurity  {info.Security}\nagent     {info.Agent ?? "(it does not say)"}").ConfigureAwait(false);
        foreach (var address in addresses) await output.WriteLineAsync($"listens   {address}").ConfigureAwait(false);
        foreach (var protocol in info.Protocols.Order(StringComparer.Ordinal)) await output.WriteLineAsync($"speaks    {protocol}").ConfigureAwait(false);
    }
}
