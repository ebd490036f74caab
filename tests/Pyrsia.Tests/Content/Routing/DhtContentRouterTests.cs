using Pyrsia.Content.Routing;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Tests.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Content.Routing;

public sealed class DhtContentRouterTests : IAsyncDisposable
{
    private static readonly KadOptions Options = new() { Protocol = "/test/kad/1.0.0" };
    private static readonly Digest Content = Digest.Of("content"u8);

    private readonly TestHosts _hosts = new();
    private readonly List<KadDht> _dhts = [];
    private readonly MemoryNetwork _network = new(TimeProvider.System);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var dht in _dhts) dht.Dispose();
        await _hosts.DisposeAsync();
    }

    private async Task<(Libp2pHost Host, KadDht Dht)> StartAsync(Libp2pHost? knows = null)
    {
        var host = await _hosts.StartSilentAsync(o => o with { Memory = _network });
        await host.ListenAsync(Multiaddr.Parse("/memory/0"), Ct);
        var dht = new KadDht(host, Options);
        _dhts.Add(dht);
        if (knows is not null)
        {
            var identified = TestHosts.NextAsync(host, knows.Id, PeerEventKind.Identified);
            await host.ConnectAsync(TestHosts.AddressOf(knows), Ct);
            await identified;
        }
        return (host, dht);
    }

    [Fact]
    public async Task Peers_of_last_resort_are_named_behind_those_that_the_DHT_names_each_peer_once_and_never_this_one()
    {
        var (provider, provides) = await StartAsync();
        var (host, dht) = await StartAsync(provider);
        await provides.ProvideAsync(Multihash.FromSha256(Content.Bytes), Ct);
        PeerId keeper = KeyPair.Generate().PeerId, other = KeyPair.Generate().PeerId;
        var router = new DhtContentRouter(dht, host.Id, [keeper, provider.Id, host.Id, other, keeper]);
        Assert.Equal([provider.Id, keeper, other], await router.FindProvidersAsync(Content, Ct).ToArrayAsync(Ct));
    }

    [Fact]
    public async Task Where_nobody_provides_and_nobody_is_known_the_last_resort_is_all_there_is()
    {
        var (host, dht) = await StartAsync();
        var keeper = KeyPair.Generate().PeerId;
        Assert.Equal([keeper], await new DhtContentRouter(dht, host.Id, [keeper]).FindProvidersAsync(Content, Ct).ToArrayAsync(Ct));
        Assert.Empty(await new DhtContentRouter(dht, host.Id, []).FindProvidersAsync(Content, Ct).ToArrayAsync(Ct));
    }

    [Fact]
    public async Task Who_has_what_it_wanted_from_a_provider_does_not_come_to_the_last_resort()
    {
        var (provider, provides) = await StartAsync();
        var (host, dht) = await StartAsync(provider);
        await provides.ProvideAsync(Multihash.FromSha256(Content.Bytes), Ct);
        var router = new DhtContentRouter(dht, host.Id, [KeyPair.Generate().PeerId]);
        Assert.Equal(provider.Id, await router.FindProvidersAsync(Content, Ct).FirstAsync(Ct));
    }
}
