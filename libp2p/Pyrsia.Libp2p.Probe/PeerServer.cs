namespace Pyrsia.Libp2p.Probe;

/// <summary>A peer that others can look at: it listens, finds out whether it is reached, and may be a relay or listen over one.</summary>
public static class PeerServer
{
    /// <summary>Listens and prints where, and what it finds out, until it is told to stop.</summary>
    /// <param name="listen">Where to listen.</param>
    /// <param name="relay">Serves as a relay.</param>
    /// <param name="over">Relays to take a reservation at.</param>
    /// <param name="output">What is to tell.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>0 when it was told to stop, 1 when it could not listen.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<Multiaddr> listen, bool relay, IReadOnlyList<Multiaddr> over, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(over);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        var options = new Libp2pHostOptions { Identity = KeyPair.Generate(), AgentVersion = "libp2p-probe/0.1.0", Relay = relay ? new RelayOptions() : null };
        await using var host = new Libp2pHost(options);
        var lines = TextWriter.Synchronized(output);
        using var autoNat = new AutoNat(host);
        using var puncher = new HolePuncher(host);
        autoNat.Changed += (_, _) => lines.WriteLine($"reached   {autoNat.Reachability.ToString().ToLowerInvariant()}");
        host.PeerChanged += (_, e) => lines.WriteLine($"{e.Kind.ToString().ToLowerInvariant(),-13} {e.Peer} {e.Address}");
        try
        {
            foreach (var address in listen) await host.ListenAsync(address, cancellationToken).ConfigureAwait(false);
            foreach (var address in over) await host.ListenAsync(Multiaddr.Parse($"{address}/p2p-circuit"), cancellationToken).ConfigureAwait(false);
            foreach (var address in host.ListenAddresses) await lines.WriteLineAsync($"listens   {address.WithPeerId(host.Id)}").ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or ArgumentException or TimeoutException)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
        }
        return 1;
    }
}
