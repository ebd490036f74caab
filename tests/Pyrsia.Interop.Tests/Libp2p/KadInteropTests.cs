using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class KadInteropTests
{
    private const string Protocol = "/pyrsia/kad/1.0.0";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Who holds and js do not know each other before: each is found by way of the one in the middle.</summary>
    [Theory]
    [MemberData(nameof(JsMatrix.Dials), MemberType = typeof(JsMatrix))]
    public async Task Js_finds_our_provider_and_we_find_its(string transport, string security, bool jsDials)
    {
        await using var asked = await JsMatrix.StartAsync(transport, security);
        await using var holder = await JsMatrix.StartAsync(transport, security);
        using var askedDht = new KadDht(asked, new KadOptions { Protocol = Protocol });
        using var holderDht = new KadDht(holder, new KadOptions { Protocol = Protocol });
        await using var js = await JsMatrix.StartJsAsync(transport, security);

        var holderKnown = holder.NextAsync(asked.Id, PeerEventKind.Identified);
        await holder.ConnectAsync(asked.ListenAddresses[0].WithPeerId(asked.Id), Ct);
        await holderKnown;
        await JsMatrix.ConnectAsync(asked, js, jsDials);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while ((int)(await js.SendAsync("table"))["size"]! == 0) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);

        var ours = SHA256.HashData("held by us"u8);
        Assert.InRange(await holderDht.ProvideAsync(Multihash.FromSha256(ours), Ct), 1, 20);
        var found = await js.SendAsync("find", new { sha256 = Convert.ToHexStringLower(ours) });
        Assert.Equal(holder.Id.ToString(), (string?)found["providers"]!.AsArray().FirstOrDefault()?["peer"]);

        var theirs = SHA256.HashData("held by js"u8);
        await js.SendAsync("provide", new { sha256 = Convert.ToHexStringLower(theirs) });
        PeerAddresses? provider = null;
        while (provider is null)
        {
            await foreach (var peer in holderDht.FindProvidersAsync(Multihash.FromSha256(theirs), 1, patience.Token)) provider = peer;
            if (provider is null) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
        Assert.Equal(js.Id, provider.Peer);
        await using var stream = await holder.OpenStreamAsync(provider.Peer, Echo.Protocol, Ct);
    }

    [Fact]
    public async Task A_js_peer_that_freezes_is_suspected_within_three_seconds_and_recovers()
    {
        await using var host = await StartAsync();
        await using var js = await JsPeer.StartAsync(Protocol);
        await host.ConnectAsync(js.Address, Ct);
        Assert.True(await host.WaitIdentifiedAsync(js.Id, Ct));
        var suspected = host.NextAsync(js.Id, PeerEventKind.Suspected);
        var recovered = host.NextAsync(js.Id, PeerEventKind.Recovered);
        var start = TimeProvider.System.GetTimestamp();
        js.Signal("STOP");
        await suspected;
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(3.2));
        js.Signal("CONT");
        await recovered;
        Assert.Equal(PeerState.Alive, host.FindPeer(js.Id)!.State);
    }

    [Fact]
    public async Task A_js_peer_that_is_killed_is_gone_at_once_and_one_that_stays_frozen_is_declared_dead()
    {
        await using var host = await StartAsync(HeartbeatOptions.ForDeadAfter(TimeSpan.FromSeconds(2)));
        await using var killed = await JsPeer.StartAsync(Protocol);
        await using var frozen = await JsPeer.StartAsync(Protocol);
        await host.ConnectAsync(killed.Address, Ct);
        await host.ConnectAsync(frozen.Address, Ct);
        var gone = host.NextAsync(killed.Id, PeerEventKind.Disconnected);
        var start = TimeProvider.System.GetTimestamp();
        killed.Kill();
        await gone;
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        var dead = host.NextAsync(frozen.Id, PeerEventKind.Dead);
        start = TimeProvider.System.GetTimestamp();
        frozen.Signal("STOP");
        await dead;
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(4));
        Assert.False(host.IsConnected(killed.Id));
    }

    private static async Task<Libp2pHost> StartAsync(HeartbeatOptions? heartbeat = null)
    {
        var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Heartbeat = heartbeat ?? new HeartbeatOptions() });
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        return host;
    }
}
