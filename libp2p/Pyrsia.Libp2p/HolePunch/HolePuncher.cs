using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>Direct connection upgrade through relay: who was reached over a circuit (B) asks the other side (A) to dial at the same moment, so that each one's packets open its NAT for the other's.
/// A is the client of the handshake on what comes of it, whoever dialed. TCP only, from a listener on all interfaces.
/// https://github.com/libp2p/specs/blob/master/relay/DCUtR.md</summary>
public sealed class HolePuncher : IDisposable
{
    /// <summary>Attempts before the circuit is left as it is.</summary>
    public const int MaxAttempts = 3;

    /// <summary>Upgrades that others begin and that run at once.</summary>
    private const int MaxUpgrades = 16;

    /// <summary>Looks at a circuit after which it is closed although streams are open on it.</summary>
    private const int MaxLooks = 24;

    private readonly Libp2pHost host;
    private readonly HolePunchOptions options;
    private readonly HashSet<PeerId> upgrading = [];
    private readonly Lock gate = new();

    /// <summary>Serves the protocol on the host and begins to upgrade circuits that come in.</summary>
    public HolePuncher(Libp2pHost host, HolePunchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        this.host = host;
        this.options = options ?? new HolePunchOptions();
        this.options.Validate();
        host.Handle(HolePunchMessage.ProtocolId, ServeAsync, new ProtocolLimits { MaxStreams = MaxUpgrades, MaxStreamsPerPeer = 1, AllowLimited = true });
        host.PeerChanged += OnPeerChanged;
    }

    /// <summary>Stops upgrading.</summary>
    public void Dispose()
    {
        host.PeerChanged -= OnPeerChanged;
        host.Unhandle(HolePunchMessage.ProtocolId);
    }

    private void OnPeerChanged(object? sender, PeerEventArgs e)
    {
        if (e.Kind != PeerEventKind.Identified || !e.Address.IsRelayed || host.FindCircuit(e.Peer, inbound: true) is not { } circuit) return;
        lock (gate)
        {
            if (!upgrading.Add(e.Peer)) return;
        }
        host.Spawn("upgrading a circuit", async ct =>
        {
            try
            {
                await UpgradeAsync(circuit, ct).ConfigureAwait(false);
            }
            finally
            {
                lock (gate) upgrading.Remove(e.Peer);
            }
        });
    }

    /// <summary>B's part: dials what A announces, then asks A to dial too.</summary>
    private async Task UpgradeAsync(PeerConnection circuit, CancellationToken cancellationToken)
    {
        var done = await DialAnnouncedAsync(circuit, cancellationToken).ConfigureAwait(false);
        if (circuit.Identity?.Protocols?.Contains(HolePunchMessage.ProtocolId) == true)
            for (var attempt = 0; attempt < MaxAttempts && !done && circuit.Muxed.Failure is null; attempt++) done = await AttemptAsync(circuit, cancellationToken).ConfigureAwait(false) || host.HasDirect(circuit.Peer);
        if (done) await RetireAsync(circuit, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> DialAnnouncedAsync(PeerConnection circuit, CancellationToken cancellationToken)
    {
        Multiaddr[] announced = [.. (circuit.Identity?.ListenAddresses ?? []).Where(IsDialable)];
        return announced.Length > 0 && await host.TryDialDirectAsync(circuit.Peer, announced, options.AttemptTimeout, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> AttemptAsync(PeerConnection circuit, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.AttemptTimeout, host.Time, cancellationToken);
        try
        {
            await using var stream = await Libp2pHost.OpenAsync(circuit, HolePunchMessage.ProtocolId, counted: false, deadline.Token).ConfigureAwait(false);
            var start = host.Time.GetTimestamp();
            await stream.WriteMessageAsync(OwnAddresses().Encode(), deadline.Token).ConfigureAwait(false);
            var answer = await ReadAsync(stream, HolePunchMessageType.Connect, deadline.Token).ConfigureAwait(false);
            var roundTrip = host.Time.GetElapsedTime(start);
            return await host.PunchAsync(circuit, EndPointsOf(answer), client: false, async ct =>
            {
                await stream.WriteMessageAsync(new HolePunchMessage(HolePunchMessageType.Sync, []).Encode(), ct).ConfigureAwait(false);
                await Task.Delay(roundTrip / 2, host.Time, ct).ConfigureAwait(false);
            }, options.AttemptTimeout, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>A's part.</summary>
    private async Task ServeAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        if (!stream.RemoteAddress.IsRelayed || host.FindCircuit(stream.RemotePeer, inbound: false) is not { } circuit) throw new PeerProtocolException($"{stream.RemotePeer} wants a circuit upgraded that this host did not open.");
        using var deadline = new Deadline(options.AttemptTimeout, host.Time, cancellationToken);
        var wanted = await ReadAsync(stream, HolePunchMessageType.Connect, deadline.Token).ConfigureAwait(false);
        await stream.WriteMessageAsync(OwnAddresses().Encode(), deadline.Token).ConfigureAwait(false);
        if (await host.PunchAsync(circuit, EndPointsOf(wanted), client: true, ct => ReadAsync(stream, HolePunchMessageType.Sync, ct), options.AttemptTimeout, deadline.Token).ConfigureAwait(false))
            host.Spawn("leaving a circuit", ct => RetireAsync(circuit, ct));
    }

    /// <summary>Closes the circuit when its streams are done: new ones go over the direct connection.</summary>
    private async Task RetireAsync(PeerConnection circuit, CancellationToken cancellationToken)
    {
        for (var look = 0; look < MaxLooks && (look == 0 || circuit.OpenStreams > 0); look++) await Task.Delay(options.Grace, host.Time, cancellationToken).ConfigureAwait(false);
        if (host.HasDirect(circuit.Peer)) await circuit.Muxed.CloseAsync().ConfigureAwait(false);
    }

    private HolePunchMessage OwnAddresses() => new(HolePunchMessageType.Connect, [.. host.CandidateAddresses.Where(IsDialable)]);

    private IReadOnlyList<IPEndPoint> EndPointsOf(HolePunchMessage message) =>
        [.. message.Addresses.Where(IsDialable).Select(a => a.TryGetTcpEndPoint(out var endPoint) ? endPoint : null).OfType<IPEndPoint>().Where(e => e.Port != 0).Distinct()];

    private bool IsDialable(Multiaddr address) => options.AllowPrivate ? !address.IsRelayed : address.IsPublic;

    private static async Task<HolePunchMessage> ReadAsync(Libp2pStream stream, HolePunchMessageType type, CancellationToken cancellationToken) =>
        await stream.ReadMessageAsync(HolePunchMessage.MaxLength, cancellationToken).ConfigureAwait(false) is { } bytes && HolePunchMessage.TryDecode(bytes, out var message) && message.Type == type
            ? message
            : throw new PeerProtocolException($"{stream.RemotePeer} did not say {type} before a hole punch.");
}
