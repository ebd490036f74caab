namespace Pyrsia.Libp2p;

/// <summary>Takes reservations at connected relays while the host is not reached from outside, so that others reach it over them. What was taken is kept: an address that others learned stays good.</summary>
public sealed class RelayFinder : IDisposable
{
    /// <summary>Relays to be reached over: one may go.</summary>
    public const int Wanted = 2;

    /// <summary>Time that a relay is left alone after it refused.</summary>
    private static readonly TimeSpan RefusalLifetime = TimeSpan.FromMinutes(10);

    private readonly Libp2pHost host;
    private readonly AutoNat autoNat;
    private readonly HashSet<PeerId> taken = [];
    private readonly Dictionary<PeerId, DateTimeOffset> refused = [];
    private readonly Lock gate = new();
    private bool looking;
    private bool again;

    /// <summary>Begins to look when the host is found not to be reached.</summary>
    public RelayFinder(Libp2pHost host, AutoNat autoNat)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(autoNat);
        this.host = host;
        this.autoNat = autoNat;
        autoNat.Changed += OnChanged;
        host.PeerChanged += OnPeerChanged;
        Look();
    }

    /// <summary>A reservation was taken: this host has an address that it had not before. Raised on the host's tasks: handlers return at once.</summary>
    public event EventHandler? Found;

    /// <summary>Stops looking; reservations are kept.</summary>
    public void Dispose()
    {
        autoNat.Changed -= OnChanged;
        host.PeerChanged -= OnPeerChanged;
    }

    private void OnChanged(object? sender, EventArgs e) => Look();

    private void OnPeerChanged(object? sender, PeerEventArgs e)
    {
        if (e.Kind is PeerEventKind.Identified or PeerEventKind.Disconnected) Look();
    }

    private void Look()
    {
        if (autoNat.Reachability != Reachability.Private) return;
        lock (gate)
        {
            again = true;
            if (looking) return;
            looking = true;
        }
        host.Spawn("finding a relay", LookAsync);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        while (NextLook())
            foreach (var relay in host.DirectPeers.Where(p => !p.IsInbound && p.Protocols.Contains(HopMessage.ProtocolId)))
                if (TryChoose(relay.Id)) await ReserveAsync(relay, cancellationToken).ConfigureAwait(false);
    }

    private bool NextLook()
    {
        lock (gate)
        {
            looking = again;
            again = false;
            return looking;
        }
    }

    private bool TryChoose(PeerId relay)
    {
        lock (gate) return host.HeldRelays < Wanted && !taken.Contains(relay) && !(refused.TryGetValue(relay, out var until) && until > host.Time.GetUtcNow());
    }

    private async Task ReserveAsync(PeerInfo relay, CancellationToken cancellationToken)
    {
        try
        {
            await host.ListenAsync(relay.Address.WithPeerId(relay.Id).WithCircuit(), cancellationToken).ConfigureAwait(false);
            lock (gate) taken.Add(relay.Id);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            lock (gate)
            {
                var now = host.Time.GetUtcNow();
                foreach (var (old, _) in refused.Where(r => r.Value <= now).ToArray()) refused.Remove(old);
                refused[relay.Id] = now + RefusalLifetime;
            }
            return;
        }
        Found?.Invoke(this, EventArgs.Empty);
    }
}
