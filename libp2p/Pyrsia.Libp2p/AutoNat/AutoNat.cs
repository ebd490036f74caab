using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>AutoNAT: asks connected peers to dial this host's addresses and so learns which are reached from outside, and does the same for others.
/// Version 2 is asked where it is served, version 1 elsewhere. Deviation: where fewer than four servers are to be had, all of them decide.
/// https://github.com/libp2p/specs/blob/master/autonat/autonat-v2.md</summary>
public sealed partial class AutoNat : IDisposable
{
    private readonly Libp2pHost host;
    private readonly AutoNatOptions options;
    private readonly ReachabilityTracker tracker = new();
    private readonly DialBudget budget;
    private readonly Dictionary<ulong, TaskCompletionSource> nonces = [];
    private readonly Lock gate = new();
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Serves the protocols on the host and begins to ask.</summary>
    public AutoNat(Libp2pHost host, AutoNatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        this.host = host;
        this.options = options ?? new AutoNatOptions();
        this.options.Validate();
        budget = new DialBudget(this.options);
        var limits = new ProtocolLimits { MaxStreams = this.options.MaxPending, MaxStreamsPerPeer = 2 };
        host.Handle(AutoNatV2DialBack.ProtocolId, ServeDialBackAsync, limits);
        if (this.options.Serve)
        {
            host.Handle(AutoNatV2Message.ProtocolId, ServeV2Async, limits);
            host.Handle(AutoNatV1Message.ProtocolId, ServeV1Async, limits);
        }
        host.PeerChanged += OnPeerChanged;
        host.CandidatesChanged += OnCandidatesChanged;
        host.Spawn("AutoNAT", RunAsync);
    }

    /// <summary><see cref="Reachability"/> changed. Raised on the host's tasks: handlers return at once.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether this host is reached from outside, as far as is known.</summary>
    public Reachability Reachability
    {
        get
        {
            lock (gate) return tracker.Verdict;
        }
    }

    /// <summary>Stops asking and serving.</summary>
    public void Dispose()
    {
        if (stopping.IsCancellationRequested) return;
        stopping.Cancel();
        host.PeerChanged -= OnPeerChanged;
        host.CandidatesChanged -= OnCandidatesChanged;
        foreach (var protocol in (string[])[AutoNatV2DialBack.ProtocolId, AutoNatV2Message.ProtocolId, AutoNatV1Message.ProtocolId]) host.Unhandle(protocol);
        stopping.Dispose();
    }

    private void OnPeerChanged(object? sender, PeerEventArgs e)
    {
        if (e.Kind == PeerEventKind.Identified) wake.Writer.TryWrite(true);
    }

    private void OnCandidatesChanged(object? sender, EventArgs e) => wake.Writer.TryWrite(true);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping.Token);
        while (true)
        {
            using (var deadline = new Deadline(Interval, host.Time, linked.Token))
            {
                try
                {
                    await wake.Reader.WaitToReadAsync(deadline.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!linked.IsCancellationRequested)
                {
                    // Due.
                }
            }
            await Task.Delay(options.Settle, host.Time, linked.Token).ConfigureAwait(false);
            while (wake.Reader.TryRead(out _))
            {
                // Who was identified until now is asked in this round.
            }
            await RoundAsync(linked.Token).ConfigureAwait(false);
        }
    }

    private TimeSpan Interval => Reachability == Reachability.Unknown ? options.RetryInterval : options.RefreshInterval;

    /// <summary>Asks one server of each neighbourhood about each address that is in question.</summary>
    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var before = Reachability;
        var interval = Interval;
        Multiaddr[] candidates = [.. host.CandidateAddresses.Where(a => !a.IsRelayed && (options.AllowPrivate || a.IsPublic)).Take(ReachabilityTracker.MaxAddresses)];
        lock (gate) tracker.SetCandidates(candidates);
        var servers = host.DirectPeers
            .Where(p => p.Protocols.Contains(AutoNatV2Message.ProtocolId) || p.Protocols.Contains(AutoNatV1Message.ProtocolId))
            .OrderByDescending(p => p.Protocols.Contains(AutoNatV2Message.ProtocolId))
            .DistinctBy(NeighbourhoodOf).ToArray();
        await Task.WhenAll(servers.Select(server => AskAsync(server, candidates, servers.Length, interval, cancellationToken))).ConfigureAwait(false);
        IReadOnlyList<Multiaddr> reached;
        lock (gate) reached = tracker.Public;
        host.Confirm(reached);
        if (Reachability != before) Changed?.Invoke(this, EventArgs.Empty);
    }

    private async Task AskAsync(PeerInfo server, IReadOnlyList<Multiaddr> candidates, int servers, TimeSpan interval, CancellationToken cancellationToken)
    {
        var neighbourhood = NeighbourhoodOf(server);
        foreach (var address in candidates)
        {
            lock (gate)
            {
                if (!tracker.TryAsk(address, neighbourhood, interval, host.Time.GetUtcNow())) continue;
            }
            if (await AskAsync(server, address, cancellationToken).ConfigureAwait(false) is not { } reached) continue;
            lock (gate) tracker.Report(address, neighbourhood, reached, servers, host.Time.GetUtcNow());
        }
    }

    private static NetworkPrefix NeighbourhoodOf(PeerInfo peer) => NetworkPrefix.Around(peer.Address, PrefixScale.Owner);
}
