using Pyrsia.Content.Exchange;
using Pyrsia.Content.Store;
using Pyrsia.Libp2p;
using Pyrsia.Testing.Content;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A peer of its own, in this process and over TCP, that announces some content to one node and does not serve it as it should.</summary>
public sealed class HostilePeer : IAsyncDisposable
{
    private static readonly TimeSpan AnnouncedWithin = TimeSpan.FromSeconds(30);

    private readonly Libp2pHost _host = new(new Libp2pHostOptions { Identity = KeyPair.Generate() });
    private readonly KadDht _dht;
    private readonly ContentStore _store;
    private readonly TaskCompletionSource _forsaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _leaving = Task.CompletedTask;
    private int _asked;

    private HostilePeer(string directory, PeerId victim)
    {
        _store = ContentStore.Open(directory);
        _dht = new KadDht(_host, new KadOptions { Protocol = "/pyrsia/kad/1.0.0" });
        _host.PeerChanged += (_, change) =>
        {
            if (change.Kind == PeerEventKind.Disconnected && change.Peer == victim) _forsaken.TrySetResult();
        };
    }

    /// <summary>Its name.</summary>
    public PeerId Id => _host.Id;

    /// <summary>Ends when the node has no connection with it any more.</summary>
    public Task Forsaken => _forsaken.Task;

    /// <summary>Whole chunks that were asked of it.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Starts one that the node knows as a provider.</summary>
    /// <param name="directory">Where it keeps the content.</param>
    /// <param name="victim">The node.</param>
    /// <param name="fault">What it does.</param>
    /// <param name="trueChunks">After how many whole chunks.</param>
    /// <param name="contents">What it has.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<HostilePeer> StartAsync(string directory, TestnetMember victim, PeerFault fault, int trueChunks, IEnumerable<byte[]> contents, CancellationToken cancellationToken)
    {
        var id = PeerId.Parse(victim.PeerId);
        var peer = new HostilePeer(directory, id);
        try
        {
            var server = new ExchangeServer(peer._store, new TransferCounters(), TimeProvider.System);
            peer._host.Handle(ExchangeOptions.Protocol, (stream, token) =>
                server.ServeAsync(stream.RemotePeer, new FaultyStream(stream, fault, () => Interlocked.Increment(ref peer._asked) > trueChunks, peer.Leave), token));
            await peer._host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), cancellationToken);
            await peer._host.ConnectAsync(Multiaddr.Parse(victim.P2p).WithPeerId(id), cancellationToken);
            if (!await peer._host.WaitIdentifiedAsync(id, cancellationToken)) throw new InvalidOperationException($"{victim.Name} does not say who it is.");
            foreach (var content in contents)
            {
                var held = await peer._store.AddAsync(new MemoryStream(content), null, content.Length, cancellationToken);
                await Wait.UntilAsync(async () => await peer._dht.ProvideAsync(Multihash.FromSha256(held.Digest.Bytes), cancellationToken) > 0, AnnouncedWithin, "nobody takes the announcement", cancellationToken);
            }
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _leaving;
        _dht.Dispose();
        await _host.DisposeAsync();
        _store.Dispose();
    }

    private void Leave() => _leaving = Task.Run(async () => await _host.DisposeAsync());
}
