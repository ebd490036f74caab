namespace Pyrsia.Libp2p;

/// <summary>What a host takes in, and what its gate keeps out.</summary>
public sealed partial class Libp2pHost
{
    private long gateRefusals;

    /// <summary>What is taken of every resource now, and how often each was refused.</summary>
    public IReadOnlyList<ResourceUsage> Resources =>
        [.. Enum.GetValues<ResourceKind>().Select(kind => new ResourceUsage(kind, UsedOf(kind), resources.Refusals(kind)))];

    /// <summary>Connections that the gate refused since the host began.</summary>
    public long GateRefusals => Interlocked.Read(ref gateRefusals);

    /// <summary>The accounts, for tests that nothing is left.</summary>
    internal ResourceAccounts Accounts => resources.Accounts;

    private long UsedOf(ResourceKind kind) => kind switch
    {
        ResourceKind.ProtocolStreams => handlers.Keys.Sum(resources.Served),
        ResourceKind.ProtocolBytes => handlers.Keys.Sum(resources.Held),
        _ => resources.Used(kind),
    };

    /// <summary>Asks the gate; the reason of a refusal, or null. A gate that fails refuses: it may be all that keeps somebody out.</summary>
    private string? Refusal(Func<IConnectionGate, string?> ask)
    {
        if (options.Gate is not { } asked) return null;
        string? reason;
        try
        {
            reason = ask(asked);
        }
        catch (Exception e) when (Survives("the connection gate", e))
        {
            reason = "the connection gate failed";
        }
        if (reason is not null) Interlocked.Increment(ref gateRefusals);
        return reason;
    }

    /// <summary>Takes a place for a connection, where the host or the caller's network is full that of an idle one; says why not, or null. Called under the lock.</summary>
    private string? TakePlace(PeerConnection connection, List<PeerConnection> evicted)
    {
        while (true)
        {
            connection.Place = resources.TryConnection(connection, out var full);
            if (connection.Place is not null) return null;
            if (full.Peer is null && FindIdle(full) is { } idle)
            {
                idle.Place!.Dispose();
                evicted.Add(idle);
                continue;
            }
            resources.Refuse(full.Kind);
            return full switch
            {
                { Peer: not null } => "the peer has too many connections",
                { Prefix: not null } => "too many connections come from its network",
                _ => "the host has too many connections",
            };
        }
    }

    /// <summary>The connection in a scope that was unused for longest and that nothing protects; called under the lock.</summary>
    private PeerConnection? FindIdle(ResourceScope scope) => connections.Values.SelectMany(list => list)
        .Where(c => c is { OpenStreams: 0, Place.IsReleased: false } && (scope.Kind == ResourceKind.Connections || c.IsInbound) && (scope.Prefix is null || c.Network == scope.Prefix))
        .Where(c => !protectedPeers.Contains(c.Peer) && !HasReservation(c.Peer))
        .MaxBy(c => c.Muxed.Now - c.LastUsed);
}
