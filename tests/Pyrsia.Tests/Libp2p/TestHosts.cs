using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Hosts on loopback with free ports, closed together.</summary>
internal sealed class TestHosts : IAsyncDisposable
{
    private readonly List<Libp2pHost> hosts = [];

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task<Libp2pHost> StartAsync(Func<Libp2pHostOptions, Libp2pHostOptions>? change = null)
    {
        var host = await StartSilentAsync(change);
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Cancelled);
        return host;
    }

    /// <summary>A host that listens nowhere.</summary>
    public Task<Libp2pHost> StartSilentAsync(Func<Libp2pHostOptions, Libp2pHostOptions>? change = null)
    {
        var options = new Libp2pHostOptions { Identity = KeyPair.Generate() };
        var host = new Libp2pHost(change?.Invoke(options) ?? options);
        hosts.Add(host);
        return Task.FromResult(host);
    }

    public async Task<(Libp2pHost A, Libp2pHost B)> ConnectedPairAsync(Func<Libp2pHostOptions, Libp2pHostOptions>? change = null)
    {
        var a = await StartAsync(change);
        var b = await StartAsync(change);
        var known = Task.WhenAll(NextAsync(a, b.Id, PeerEventKind.Identified), NextAsync(b, a.Id, PeerEventKind.Identified));
        await a.ConnectAsync(AddressOf(b), Cancelled);
        await known;
        return (a, b);
    }

    public static Multiaddr AddressOf(Libp2pHost host) => host.ListenAddresses[0].WithPeerId(host.Id);

    /// <summary>Ends with the first event of this kind about the peer; subscribes at once.</summary>
    public static Task<PeerEventArgs> NextAsync(Libp2pHost host, PeerId peer, PeerEventKind kind)
    {
        var source = new TaskCompletionSource<PeerEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.PeerChanged += (_, e) =>
        {
            if (e.Kind == kind && e.Peer == peer) source.TrySetResult(e);
        };
        return source.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(hosts.Select(h => h.DisposeAsync().AsTask()));
}
