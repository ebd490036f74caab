using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>Kademlia: finds peers and the providers of content, and announces what this peer provides.
/// Only peers that serve the protocol stand in the routing table, as identify tells.
/// https://github.com/libp2p/specs/blob/master/kad-dht/README.md</summary>
public sealed partial class KadDht : IDisposable
{
    private readonly Libp2pHost host;
    private readonly KadOptions options;
    private readonly KadClient client;
    private readonly RoutingTable table;
    private readonly ProviderStore providers;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Joins the DHT with a running host; serves at once in server mode.</summary>
    public KadDht(Libp2pHost host, KadOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(options);
        this.host = host;
        this.options = options;
        table = new RoutingTable(host.Id, options.BucketSize);
        providers = new ProviderStore(options);
        client = new KadClient(host, options, OnFailure);
        host.PeerChanged += OnPeerChanged;
        host.AddressResolver = async (peer, ct) => (await FindPeerAsync(peer, ct).ConfigureAwait(false))?.Addresses ?? [];
        if (options.Mode == KadMode.Server) host.Handle(options.Protocol, new KadServer(host, this, options).ServeAsync);
        foreach (var peer in host.Peers) Consider(peer.Id, peer.Protocols);
        host.Spawn("DHT maintenance", MaintainAsync);
    }

    /// <summary>Peers in the routing table.</summary>
    public int TableSize
    {
        get
        {
            lock (gate) return table.Count;
        }
    }

    /// <summary>Fills the routing table: looks up our own id, then a random key.</summary>
    public async Task BootstrapAsync(CancellationToken cancellationToken = default)
    {
        await LookupAsync(new KadMessage(KadMessageType.FindNode, host.Id.Bytes), (_, _) => true, cancellationToken).ConfigureAwait(false);
        var random = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
        await LookupAsync(new KadMessage(KadMessageType.FindNode, Multihash.FromSha256(random).Bytes), (_, _) => true, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Peers that said to hold the key, as they are found, each once; ends when the lookup does or <paramref name="count"/> were found.
    /// Their addresses are in the peer store, so that a stream can be opened right away.</summary>
    public async IAsyncEnumerable<PeerAddresses> FindProvidersAsync(
        Multihash key, int count = 20, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var seen = new HashSet<PeerId> { host.Id };
        foreach (var local in LocalProviders(key).Where(seen.Add))
        {
            yield return Describe(local);
            if (seen.Count > count) yield break;
        }
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
            await foreach (var provider in found.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!seen.Add(provider.Peer)) continue;
                yield return Describe(provider.Peer);
                if (seen.Count > count) break;
            }
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

    /// <summary>Leaves the DHT: stops serving and announcing; the host goes on.</summary>
    public void Dispose()
    {
        if (stopping.IsCancellationRequested) return;
        stopping.Cancel();
        host.PeerChanged -= OnPeerChanged;
        host.AddressResolver = null;
        if (options.Mode == KadMode.Server) host.Unhandle(options.Protocol);
    }

    internal IReadOnlyList<PeerId> LocalProviders(Multihash key)
    {
        lock (gate) return providers.Get(key, host.Time.GetUtcNow());
    }

    internal IReadOnlyList<PeerId> Closest(KadKey key, int count)
    {
        lock (gate) return table.Closest(key, count);
    }

    internal PeerAddresses Describe(PeerId peer) => new(peer, peer == host.Id ? host.ListenAddresses : host.PeerStore.GetAddresses(peer));

    internal void AddRecord(Multihash key, PeerId provider)
    {
        lock (gate) providers.Add(key, provider, host.Time.GetUtcNow());
    }

    private Task<IReadOnlyList<PeerId>> LookupAsync(KadMessage question, Func<PeerId, KadMessage, bool> onAnswer, CancellationToken cancellationToken) =>
        client.LookupAsync(Closest(KadKey.Of(question.Key.Span), options.BucketSize), question, onAnswer, cancellationToken);

    private void OnPeerChanged(object? sender, PeerEventArgs change)
    {
        switch (change.Kind)
        {
            case PeerEventKind.Identified:
                Consider(change.Peer, host.FindPeer(change.Peer)?.Protocols ?? []);
                break;
            case PeerEventKind.Dead:
                OnFailure(change.Peer);
                break;
        }
    }

    /// <summary>Puts a peer that serves the DHT into the table and takes one out that stopped serving it.</summary>
    private void Consider(PeerId peer, IReadOnlyList<string> protocols)
    {
        lock (gate)
        {
            if (protocols.Contains(options.Protocol)) table.TryAdd(peer, p => !host.IsConnected(p));
            else table.Remove(peer);
        }
    }

    private void OnFailure(PeerId peer)
    {
        lock (gate) table.Remove(peer);
    }
}
