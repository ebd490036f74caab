using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    private readonly Dictionary<string, Task<PeerConnection>> dials = new(StringComparer.Ordinal);

    /// <summary>Connects to an address, also to one that did not answer just now. When it ends in <c>/p2p/…</c>, only that peer counts as connected.</summary>
    /// <returns>The peer that answered.</returns>
    /// <exception cref="PeerIdMismatchException">Another peer answered.</exception>
    /// <exception cref="DialFailedException">Nobody answered.</exception>
    public async Task<PeerId> ConnectAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        var expected = address.PeerId;
        // A circuit does not stand in the way of a better connection.
        if (expected is { } peer && Find(peer, address.IsRelayed ? Reach.Any : Reach.Direct) is not null) return peer;
        // Shared by address and not by peer: a dial of the same peer that knows no address of it must not answer for this one.
        var connection = await DialOnceAsync(address.ToString(), expected, _ => Task.FromResult<IReadOnlyList<Multiaddr>>([address]), heedful: false, cancellationToken)
            .ConfigureAwait(false);
        // What stands in DNS may be many peers' addresses; this one's is where it answered.
        PeerStore.AddAddresses(connection.Peer, [address.TryGetDnsaddrName(out _) ? connection.Address : address.WithoutPeerId()], PeerStore.IdentifiedLifetime);
        return connection.Peer;
    }

    /// <summary>Connects to a peer by the addresses in the peer store, or those that <see cref="AddressResolver"/> finds; not by those that did not answer just now, see <see cref="DialFailedException.RetryAfter"/>.</summary>
    public Task ConnectAsync(PeerId peer, CancellationToken cancellationToken = default) => ConnectionToAsync(peer, Reach.Any, cancellationToken);

    private async Task<PeerConnection> ConnectionToAsync(PeerId peer, Reach reach, CancellationToken cancellationToken)
    {
        if (Find(peer, reach) is { } open) return open;
        var connection = Find(peer) ?? await DialOnceAsync(peer.ToString(), peer, ct => AddressesOfAsync(peer, ct), heedful: true, cancellationToken).ConfigureAwait(false);
        // A limited circuit stands and does not do: a second one would be no better.
        return Reaches(connection, reach) ? connection : await BesideCircuitAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds a better connection than a circuit: dials the peer's other addresses, and waits for a hole punch where both sides know how.</summary>
    private async Task<PeerConnection> BesideCircuitAsync(PeerConnection circuit, CancellationToken cancellationToken)
    {
        var peer = circuit.Peer;
        var dial = DialAsync();
        if (!handlers.ContainsKey(HolePunchMessage.ProtocolId)) return await dial.ConfigureAwait(false);
        var punched = DirectConnectionAsync(peer);
        if (await Task.WhenAny(dial, punched).ConfigureAwait(false) == punched || dial.IsCompletedSuccessfully) return await DirectConnectionAsync(peer).ConfigureAwait(false);
        await circuit.Identified.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (circuit.Identity?.Protocols?.Contains(HolePunchMessage.ProtocolId) == true) return await punched.WaitAsync(options.HolePunchPatience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or ConnectionClosedException)
        {
            // What the dial came to says more.
        }
        return await dial.ConfigureAwait(false);

        async Task<PeerConnection> DialAsync()
        {
            try
            {
                return await DialOnceAsync($"direct {peer}", peer, DirectAddressesAsync, heedful: true, cancellationToken).ConfigureAwait(false);
            }
            catch (DialFailedException e)
            {
                throw new DialFailedException($"{peer} is reached only over a relay that limits what is said, which the protocol does not allow. {e.Message}", e);
            }
        }

        async Task<IReadOnlyList<Multiaddr>> DirectAddressesAsync(CancellationToken ct) => [.. (await AddressesOfAsync(peer, ct).ConfigureAwait(false)).Where(a => !a.IsRelayed)];
    }

    private async Task<IReadOnlyList<Multiaddr>> AddressesOfAsync(PeerId peer, CancellationToken cancellationToken)
    {
        var known = PeerStore.GetAddresses(peer);
        if (known.Count > 0 || AddressResolver is not { } resolver) return known;
        return await resolver(peer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Several callers that want the same peer share one dial; a caller that gives up does not end it for the others. A heedful dial leaves alone what failed just now.</summary>
    private async Task<PeerConnection> DialOnceAsync(
        string key, PeerId? expected, Func<CancellationToken, Task<IReadOnlyList<Multiaddr>>> addresses, bool heedful, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        if (expected is { } peer)
        {
            if (peer == Id) throw new PeerRefusedException("A host does not dial itself.");
            if (IsBanned(peer)) throw new PeerRefusedException($"{peer} is banned.");
        }
        Task<PeerConnection>? dial;
        lock (gate)
        {
            if (!dials.TryGetValue(key, out dial))
            {
                dial = Task.Run(async () =>
                {
                    try
                    {
                        return await HostTraces.DialAsync(expected, () => metrics.DialAsync(async () => await DialAsync(await addresses(stopping.Token).ConfigureAwait(false), expected, heedful, stopping.Token).ConfigureAwait(false))).ConfigureAwait(false);
                    }
                    finally
                    {
                        lock (gate) dials.Remove(key);
                    }
                });
                dials.Add(key, dial);
                _ = dial.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
        return await dial.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries the addresses in the order of <see cref="AddressRanking"/>, each with a head start before the next joins it; the first that stands wins.</summary>
    private async Task<PeerConnection> DialAsync(IReadOnlyList<Multiaddr> addresses, PeerId? expected, bool heedful, CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        var known = Ranked(await ResolveAsync(addresses, expected, failures, cancellationToken).ConfigureAwait(false));
        var targets = heedful ? NotLeftAlone(known, expected) : known;
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<PeerConnection>>();
        var next = 0;
        try
        {
            while (next < targets.Count || running.Count > 0)
            {
                if (next < targets.Count) running.Add(RaceAsync(targets[next++]));
                var headStart = next < targets.Count ? AddressRanking.HeadStart(targets[next - 1], targets[next], options.DialStagger) : Timeout.InfiniteTimeSpan;
                var done = await Task.WhenAny([.. running, Task.Delay(headStart, time, race.Token)]).ConfigureAwait(false);
                if (done is not Task<PeerConnection> attempt || !running.Remove(attempt)) continue;
                try
                {
                    var connection = await attempt.ConfigureAwait(false);
                    Adopt(connection);
                    return connection;
                }
                catch (Exception e) when (e is IOException or TimeoutException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    failures.Add(e);
                    // Nothing that this one peer listens on will change its refusal; of several peers another may agree.
                    if (e is PeerRefusedException && expected is not null) break;
                }
            }
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            foreach (var loser in running) DropLoser(loser);
        }
        cancellationToken.ThrowIfCancellationRequested();
        if (failures.Count == 1 && failures[0] is Libp2pException and not ConnectionClosedException) throw failures[0];
        throw new DialFailedException(
            failures.Count == 0 ? $"No address of {expected} is known." : $"{expected?.ToString() ?? addresses[0].ToString()} cannot be reached: {failures[0].Message}",
            failures.Count == 0 ? null : new AggregateException(failures))
        { RetryAfter = RetryAfter(known) };

        Task<PeerConnection> RaceAsync(DialTarget target) => HostTraces.DialAddressAsync(target.Address, () => DialTargetAsync(target, race.Token));
    }

    private static IReadOnlyList<DialTarget> Ranked(IReadOnlyList<DialTarget> targets) => AddressRanking.Order(targets, AddressRanking.NeedsNear(targets) ? OwnNetworks.Read() : []);

    /// <summary>Closes what comes of a dial that was given up, should it come after all.</summary>
    internal static void DropLoser(Task<PeerConnection> loser) => _ = loser.ContinueWith(
        t =>
        {
            if (t.IsCompletedSuccessfully) t.Result.Muxed.Abort(new ConnectionClosedException("Another address was faster."));
            _ = t.Exception;
        },
        CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private async Task<PeerConnection> TryTargetAsync(DialTarget target, CancellationToken cancellationToken)
    {
        if (Refusal(gate => gate.RefuseDial(target.Address, target.Expected)) is { } reason) throw new DialRefusedException($"{target.Address} is not dialed: {reason}.");
        if (PlaintextRefusal(target.Address) is { } open) throw new DialRefusedException($"{target.Address} is not dialed: {open}.");
        using var deadline = new Deadline(options.DialTimeout, time, cancellationToken);
        try
        {
            if (target.Quic) return await DialQuicAsync(target, deadline.Token).ConfigureAwait(false);
            for (var i = 0; ; i++)
            {
                try
                {
                    return await DialTargetAsync(target, security[i], deadline.Token).ConfigureAwait(false);
                }
                catch (ProtocolNotSupportedException) when (i + 1 < security.Length)
                {
                    // The first message of that protocol travelled with its name, which saves a round trip with nearly every peer; the next needs a fresh connection.
                }
            }
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            throw new TimeoutException($"{target.Relay?.ToString() ?? target.EndPoint?.ToString() ?? target.Address.ToString()} did not answer in {options.DialTimeout}.");
        }
    }

    private async Task<PeerConnection> DialTargetAsync(DialTarget target, ISecurityProtocol protocol, CancellationToken cancellationToken)
    {
        var channel = target switch
        {
            { Relay: { } over } => await DialCircuitAsync(over, target.Expected!.Value, cancellationToken).ConfigureAwait(false),
            { Memory: { } number } => await ConnectInMemoryAsync(number, cancellationToken).ConfigureAwait(false),
            _ => await ConnectTcpAsync(target, cancellationToken).ConfigureAwait(false),
        };
        var fromListener = channel.LocalAddress.TryGetTcpEndPoint(out var local) && ListenerFor(local.AddressFamily)?.Port == local.Port;
        try
        {
            if (target.WebSocketHost is { } host) channel = await WebSocketUpgrade.DialAsync(channel, host, cancellationToken).ConfigureAwait(false);
            channel = Privately(channel);
            var upgraded = await UpgradeDialedAsync(channel, protocol, target.Expected, cancellationToken).ConfigureAwait(false);
            return new PeerConnection(upgraded, channel.RemoteAddress, false, options.Heartbeat, channel.IsLimited) { LeftFromListener = fromListener };
        }
        catch (PeerProtocolException e) when (channel is PrivateChannel)
        {
            channel.Abort();
            throw new HandshakeException("The peer is not in the private network of this host.", e);
        }
        catch
        {
            channel.Abort();
            throw;
        }
    }

    /// <summary>Connects from the listening port where that can be of use to somebody, and from any other when a connection from there to the same endpoint stands or stood just now.</summary>
    private async Task<IByteChannel> ConnectTcpAsync(DialTarget target, CancellationToken cancellationToken)
    {
        var endPoint = target.EndPoint!;
        if (!target.Apart && !IPAddress.IsLoopback(endPoint.Address) && ListenerFor(endPoint.AddressFamily) is { } listener)
        {
            try
            {
                return await TcpChannel.ConnectAsync(endPoint, listener, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable)
            {
                // From another port then.
            }
        }
        return await TcpChannel.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
    }
}
