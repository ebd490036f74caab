using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>Kademlia: finds peers and the providers of content, and announces what this peer provides.
/// Only peers that serve the protocol stand in the routing table, as identify tells.
/// https://github.com/libp2p/specs/blob/master/kad-dht/README.md</summary>
public sealed partial class KadDht : IDisposable
{
    /// <summary>Members of the routing table that are asked at once whether they are there.</summary>
    private const int ConcurrentChecks = 8;

    private readonly Libp2pHost host;
    private readonly KadOptions options;
    private readonly KadClient client;
    private readonly KadState state;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private KadMode mode = KadMode.Client;

    /// <summary>Joins the DHT with a running host; serves at once in server mode.</summary>
    public KadDht(Libp2pHost host, KadOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.host = host;
        this.options = options;
        state = new KadState(host.Id, options, peer => peer == host.Id ? host.ListenAddresses : host.PeerStore.GetAddresses(peer), host.NewRandom());
        client = new KadClient(host, options, OnFailure);
        host.PeerChanged += OnPeerChanged;
        host.AddressResolver = async (peer, ct) => (await FindPeerAsync(peer, ct).ConfigureAwait(false))?.Addresses ?? [];
        Mode = options.Mode;
        foreach (var peer in host.Peers) Consider(peer);
        host.Spawn("DHT maintenance", MaintainAsync);
    }

    /// <summary>The part that this peer plays now. Others hear of a change by identify, and put it into their tables or take it out.</summary>
    public KadMode Mode
    {
        get
        {
            lock (gate) return mode;
        }

        set
        {
            lock (gate)
            {
                if (value == mode || stopping.IsCancellationRequested) return;
                mode = value;
                if (value == KadMode.Server) host.Handle(options.Protocol, new KadServer(host, this).ServeAsync);
                else host.Unhandle(options.Protocol);
            }
        }
    }

    /// <summary>Peers in the routing table.</summary>
    public int TableSize
    {
        get
        {
            lock (gate) return state.Table.Count;
        }
    }

    /// <summary>Fills the routing table: looks up our own id, then a random key, each time in another part of the key space.</summary>
    public async Task BootstrapAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> targets;
        lock (gate) targets = state.RefreshTargets();
        foreach (var target in targets) await LookupAsync(new KadMessage(KadMessageType.FindNode, target), (_, _) => true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where a peer listens: from its connection or the peer store, else by a lookup; null when nobody knows.</summary>
    public async Task<PeerAddresses?> FindPeerAsync(PeerId peer, CancellationToken cancellationToken = default)
    {
        if (host.PeerStore.GetAddresses(peer) is { Count: > 0 } known) return new PeerAddresses(peer, known);
        PeerAddresses? found = null;
        await LookupAsync(new KadMessage(KadMessageType.FindNode, peer.Bytes), (_, answer) =>
        {
            found ??= answer.CloserPeers.FirstOrDefault(p => p.Peer == peer && p.Addresses.Count > 0);
            return found is null;
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>Peers that said to hold the key, as they are found, each once; ends when the lookup does or <paramref name="count"/> were found. Of one network only a few are named before the lookup has ended.
    /// Their addresses are in the peer store, so that a stream can be opened right away.</summary>
    public async IAsyncEnumerable<PeerAddresses> FindProvidersAsync(
        Multihash key, int count = 20, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var left = count;
        var sieve = new ProviderSieve(options);
        await foreach (var provider in HearOfProvidersAsync(key, cancellationToken).ConfigureAwait(false))
        {
            if (provider.Peer == host.Id || !sieve.Passes(provider)) continue;
            yield return Describe(provider.Peer);
            if (--left == 0) yield break;
        }
        foreach (var provider in sieve.HeldBack.Take(left)) yield return Describe(provider.Peer);
    }

    /// <summary>Leaves the DHT: stops serving and announcing; the host goes on.</summary>
    public void Dispose()
    {
        if (stopping.IsCancellationRequested) return;
        Mode = KadMode.Client;
        stopping.Cancel();
        host.PeerChanged -= OnPeerChanged;
        host.AddressResolver = null;
    }

    internal IReadOnlyList<PeerId> LocalProviders(Multihash key)
    {
        lock (gate) return state.ProvidersOf(key, host.Time.GetUtcNow());
    }

    internal KadMessage Answer(PeerId asker, KadMessage question)
    {
        lock (gate) return state.Answer(asker, question, host.Time.GetUtcNow());
    }

    internal void Accept(PeerId sender, KadMessage message)
    {
        PeerAddresses? record;
        lock (gate) record = state.Accept(sender, client.PrefixOf(sender), message, host.Time.GetUtcNow());
        if (record is not null) client.Learn(record);
    }

    private PeerAddresses Describe(PeerId peer) => state.Describe(peer);

    private Task<IReadOnlyList<KadContact>> LookupAsync(KadMessage question, Func<PeerId, KadMessage, bool> onAnswer, CancellationToken cancellationToken)
    {
        LookupQuery query;
        lock (gate) query = state.Lookup(question.Key.Span);
        return host.Metrics.LookupAsync(question.Type, () => client.LookupAsync(query, question, onAnswer, cancellationToken));
    }

    /// <summary>Everybody who is named as a provider, here or by others, as often as that happens.</summary>
    private async IAsyncEnumerable<PeerAddresses> HearOfProvidersAsync(Multihash key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var local in LocalProviders(key)) yield return Describe(local);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var found = Channel.CreateUnbounded<PeerAddresses>();
        var lookup = Task.Run(async () =>
        {
            try
            {
                await LookupAsync(new KadMessage(KadMessageType.GetProviders, key.Bytes), (_, answer) =>
                {
                    foreach (var provider in answer.ProviderPeers)
                    {
                        client.Learn(provider);
                        found.Writer.TryWrite(provider);
                    }
                    return true;
                }, enough.Token).ConfigureAwait(false);
            }
            finally
            {
                found.Writer.TryComplete();
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var provider in found.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return provider;
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            try
            {
                await lookup.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Ended by us, or by the caller whose own wait says so.
            }
        }
    }

    private void OnPeerChanged(object? sender, PeerEventArgs change)
    {
        switch (change.Kind)
        {
            case PeerEventKind.Identified when host.FindPeer(change.Peer) is { } peer:
                Consider(peer);
                break;
            case PeerEventKind.Dead:
                OnFailure(change.Peer);
                break;
        }
    }

    /// <summary>Puts a peer that serves the DHT into the table and takes one out that stopped serving it.</summary>
    private void Consider(PeerInfo peer)
    {
        lock (gate)
        {
            if (peer.Protocols.Contains(options.Protocol)) state.Table.Seen(peer.Id, NetworkPrefix.Of(peer.Address), host.Time.GetUtcNow());
            else state.Table.Remove(peer.Id);
        }
    }

    private void OnFailure(PeerId peer)
    {
        lock (gate) state.Table.Remove(peer);
    }
}
