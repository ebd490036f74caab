namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    private readonly Dictionary<PeerId, List<PeerConnection>> connections = [];
    private readonly HashSet<PeerId> protectedPeers = [];

    /// <summary>Connected peers, each once.</summary>
    public IReadOnlyList<PeerInfo> Peers
    {
        get
        {
            lock (gate) return [.. connections.Values.Select(Describe)];
        }
    }

    /// <summary>True while a connection to the peer stands.</summary>
    public bool IsConnected(PeerId peer)
    {
        lock (gate) return connections.ContainsKey(peer);
    }

    /// <summary>What is known of a connected peer, or null.</summary>
    public PeerInfo? FindPeer(PeerId peer)
    {
        lock (gate) return connections.TryGetValue(peer, out var list) ? Describe(list) : null;
    }

    /// <summary>Keeps the peer's connections when the connection manager needs room, and dials it again after <see cref="Libp2pHostOptions.ProtectedDialRetryMax"/> at the latest when it is asked for and was not reached, where others are left alone for <see cref="Libp2pHostOptions.DialRetryMax"/>.</summary>
    public void Protect(PeerId peer)
    {
        lock (gate) protectedPeers.Add(peer);
    }

    /// <summary>Takes <see cref="Protect"/> back.</summary>
    public void Unprotect(PeerId peer)
    {
        lock (gate) protectedPeers.Remove(peer);
    }

    /// <summary>Closes all connections to the peer.</summary>
    public async Task DisconnectAsync(PeerId peer)
    {
        PeerConnection[] open;
        lock (gate) open = connections.TryGetValue(peer, out var list) ? [.. list] : [];
        foreach (var connection in open) await connection.Muxed.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Describes a peer by its best connection.</summary>
    private static PeerInfo Describe(List<PeerConnection> list) => Describe(list.FirstOrDefault(c => !c.Address.IsRelayed) ?? list[0]);

    private static PeerInfo Describe(PeerConnection c) => new(
        c.Peer, c.Address, c.IsInbound, c.RoundTrip, c.Identity?.AgentVersion, c.Detector.State, c.Identity?.Protocols ?? [], c.Security)
    { IsLimited = c.IsLimited, IsPunched = c.IsPunched };

    private PeerConnection[] AllConnections()
    {
        lock (gate) return [.. connections.Values.SelectMany(list => list)];
    }

    /// <summary>The connection that new streams to the peer go over, or null: one that is alive before one that is suspected.</summary>
    private PeerConnection? Find(PeerId peer, Reach reach = Reach.Any)
    {
        lock (gate)
        {
            return connections.TryGetValue(peer, out var list)
                ? list.Where(c => c.Muxed.Failure is null && Reaches(c, reach)).OrderBy(c => c.Detector.State).ThenBy(c => c.Address.IsRelayed).FirstOrDefault()
                : null;
        }
    }

    private static bool Reaches(PeerConnection c, Reach reach) =>
        reach switch { Reach.Direct => !c.Address.IsRelayed, Reach.Unlimited => !c.IsLimited, _ => true };

    /// <summary>Takes a connection whose handshakes are done into service, or closes it and says why.</summary>
    private void Adopt(PeerConnection connection)
    {
        var evicted = new List<PeerConnection>();
        var refusal = Refusal(asked => asked.RefusePeer(connection.Peer, connection.Address, connection.IsInbound));
        bool first;
        TaskCompletionSource<PeerConnection>? wait = null;
        lock (gate)
        {
            connections.TryGetValue(connection.Peer, out var list);
            first = list is null;
            if (disposed != 0) refusal = "the host is closing";
            else if (connection.Peer == Id) refusal = "the host reached itself";
            else if (IsBanned(connection.Peer)) refusal = "the peer is banned";
            refusal ??= TakePlace(connection, evicted);
            if (refusal is null && list is null) connections.Add(connection.Peer, [connection]);
            else if (refusal is null) list!.Add(connection);
            if (refusal is null && !connection.Address.IsRelayed)
            {
                connection.IsPunched = punching.Contains(connection.Peer);
                directWaits.Remove(connection.Peer, out wait);
            }
        }
        foreach (var idle in evicted) Spawn("closing an idle connection", _ => idle.Muxed.CloseAsync());
        if (refusal is not null)
        {
            var refused = new PeerRefusedException($"The connection to {connection.Peer} was closed: {refusal}.");
            connection.Muxed.Abort(refused);
            throw refused;
        }
        backoff.Forgive(connection.Peer, connection.Address.IsRelayed);
        // The connection outlives what it was dialed for, and its loops are no part of that.
        using var apart = ExecutionContext.SuppressFlow();
        Ask(connection);
        connection.Muxed.Start();
        unwatched.Enqueue(connection);
        wait?.TrySetResult(connection);
        if (first) Raise(PeerEventKind.Connected, connection);
        Spawn("serving a connection", ct => ServeConnectionAsync(connection, ct));
        Spawn("identify", ct => IdentifyAsync(connection, ct));
    }

    private async Task ServeConnectionAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        await foreach (var stream in connection.Muxed.Accepted.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (resources.TryStream(connection.Peer) is not { } place)
            {
                Drop(stream);
                continue;
            }
            stream.Acknowledge();
            Spawn("serving a stream", ct => ServeStreamAsync(connection, stream, place, ct));
        }
        await connection.Muxed.Completion.ConfigureAwait(false);
        await connection.Muxed.DisposeAsync().ConfigureAwait(false);
        bool last;
        TaskCompletionSource<PeerConnection>? wait = null;
        lock (gate)
        {
            var list = connections[connection.Peer];
            list.Remove(connection);
            connection.Place?.Dispose();
            last = list.Count == 0;
            if (last) connections.Remove(connection.Peer);
            if (last) directWaits.Remove(connection.Peer, out wait);
            if (list.All(c => c.Address.IsRelayed)) relay?.Forget(connection.Peer);
        }
        wait?.TrySetException(new ConnectionClosedException($"The circuit to {connection.Peer} ended before a direct connection stood."));
        connection.Identified.TrySetResult();
        connection.Suspect();
        if (last) Raise(PeerEventKind.Disconnected, connection, connection.Muxed.Failure);
    }
}
