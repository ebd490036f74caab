using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>What hole punching needs of a host.</summary>
public sealed partial class Libp2pHost
{
    /// <summary>Endpoints that one attempt dials; a host behind a NAT has one or two.</summary>
    private const int MaxPunches = 8;

    /// <summary>Who waits for a direct connection to a peer.</summary>
    private readonly Dictionary<PeerId, TaskCompletionSource<PeerConnection>> directWaits = [];

    /// <summary>Peers with which a hole is punched now.</summary>
    private readonly HashSet<PeerId> punching = [];

    /// <summary>Endpoints whose connections are this host's to begin the handshake on, although they came in.</summary>
    private readonly Dictionary<IPEndPoint, PeerConnection> reversed = [];

    /// <summary>Waits until a connection to a peer stands that leads over no relay; hole punching or a dial of either side makes it.</summary>
    /// <param name="peer">A peer that is connected, or will be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnectionClosedException">The last connection to the peer ended meanwhile.</exception>
    public Task WaitDirectAsync(PeerId peer, CancellationToken cancellationToken = default) => DirectConnectionAsync(peer).WaitAsync(cancellationToken);

    /// <summary>A circuit to the peer that came in, or that this host opened.</summary>
    internal PeerConnection? FindCircuit(PeerId peer, bool inbound)
    {
        lock (gate) return connections.TryGetValue(peer, out var list) ? list.FirstOrDefault(c => c.Address.IsRelayed && c.IsInbound == inbound && c.Muxed.Failure is null) : null;
    }

    /// <summary>True while a connection to the peer stands that leads over no relay.</summary>
    internal bool HasDirect(PeerId peer) => Find(peer, Reach.Direct) is not null;

    /// <summary>Dials addresses of a peer that is connected over a relay.</summary>
    internal async Task<bool> TryDialDirectAsync(PeerId peer, IReadOnlyList<Multiaddr> addresses, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (HasDirect(peer)) return true;
        try
        {
            await DialOnceAsync($"direct {peer}", peer, _ => Task.FromResult(addresses), heedful: false, cancellationToken).WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return HasDirect(peer);
        }
    }

    /// <summary>Dials endpoints of a peer from the listening port while the peer does the same.</summary>
    /// <param name="circuit">The circuit over which both agreed to do so.</param>
    /// <param name="endPoints">Where the peer's NAT may be.</param>
    /// <param name="client">This host begins the handshake.</param>
    /// <param name="begin">What is said last before both dial; the other side's dial may come before it is done.</param>
    /// <param name="limit">How long to try.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True when a direct connection stands.</returns>
    internal async Task<bool> PunchAsync(PeerConnection circuit, IReadOnlyList<IPEndPoint> endPoints, bool client, Func<CancellationToken, Task> begin, TimeSpan limit, CancellationToken cancellationToken)
    {
        var peer = circuit.Peer;
        IPEndPoint[] tried = [.. endPoints.Take(MaxPunches)];
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var direct = DirectConnectionAsync(peer);
        lock (gate)
        {
            punching.Add(peer);
            if (client)
                foreach (var endPoint in tried) reversed[endPoint] = circuit;
        }
        try
        {
            await begin(cancellationToken).ConfigureAwait(false);
            foreach (var endPoint in tried) Spawn("punching a hole", _ => PunchAsync(circuit, endPoint, client, over.Token));
            await direct.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or ConnectionClosedException)
        {
            return HasDirect(peer);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            lock (gate)
            {
                punching.Remove(peer);
                foreach (var endPoint in tried) reversed.Remove(endPoint);
            }
        }
    }

    private async Task PunchAsync(PeerConnection circuit, IPEndPoint endPoint, bool client, CancellationToken cancellationToken)
    {
        var address = Multiaddr.FromEndPoint(endPoint);
        if (PlaintextRefusal(address) is not null || Refusal(gate => gate.RefuseDial(address, circuit.Peer)) is not null) return;
        try
        {
            var channel = await TcpChannel.ConnectAsync(endPoint, ListenerFor(endPoint.AddressFamily), cancellationToken).ConfigureAwait(false);
            await UpgradePunchedAsync(channel, circuit, client, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Most do not succeed: a packet came too early, or the other side's reached the listener.
        }
    }

    /// <summary>Runs the handshake by the protocol of the circuit, which the peer serves, in the part that the circuit gave this host: who opened it is the client.</summary>
    private async Task UpgradePunchedAsync(TcpChannel tcp, PeerConnection circuit, bool client, CancellationToken cancellationToken)
    {
        var channel = Privately(tcp);
        try
        {
            var upgraded = client
                ? await UpgradeDialedAsync(channel, security.First(s => s.ProtocolId == circuit.Security), circuit.Peer, cancellationToken).ConfigureAwait(false)
                : await UpgradeAcceptedAsync(channel, cancellationToken).ConfigureAwait(false);
            if (upgraded.Peer != circuit.Peer) throw new PeerIdMismatchException(circuit.Peer, upgraded.Peer);
            Adopt(new PeerConnection(upgraded, channel.RemoteAddress, !client, options.Heartbeat));
        }
        catch
        {
            channel.Abort();
            throw;
        }
    }

    /// <summary>Takes a connection that came in while this host dialed the same peer as its client: the peer's packet arrived when this host's dial was over, and the parts stay as agreed.</summary>
    private async Task UpgradeReversedAsync(TcpChannel channel, PeerConnection circuit, Reservation handshake, CancellationToken cancellationToken)
    {
        using var place = handshake;
        using var deadline = new Deadline(options.DialTimeout, time, cancellationToken);
        await UpgradePunchedAsync(channel, circuit, client: true, deadline.Token).ConfigureAwait(false);
    }

    /// <summary>The circuit whose hole punch a connection that came in belongs to, when this host is the client on it.</summary>
    private PeerConnection? ReversedBy(IPEndPoint remote)
    {
        lock (gate) return reversed.GetValueOrDefault(remote);
    }

    /// <summary>Ends when a direct connection to the peer stands, or none at all any more.</summary>
    private Task<PeerConnection> DirectConnectionAsync(PeerId peer)
    {
        lock (gate)
        {
            if (Find(peer, Reach.Direct) is { } open) return Task.FromResult(open);
            if (!directWaits.TryGetValue(peer, out var wait))
            {
                wait = new TaskCompletionSource<PeerConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = wait.Task.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                directWaits.Add(peer, wait);
            }
            return wait.Task;
        }
    }

    /// <summary>The listener on all interfaces that a dial can leave from, so that a NAT shows the same endpoint to everybody.</summary>
    private IPEndPoint? ListenerFor(AddressFamily family)
    {
        if (!OperatingSystem.IsLinux()) return null;
        lock (gate)
        {
            foreach (var (_, address) in listeners)
                if (address.TryGetTcpEndPoint(out var bound) && bound.AddressFamily == family && (bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any))) return bound;
        }
        return null;
    }
}
