using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class PrivateNetworkInteropTests
{
    private static readonly int[] Sizes = [1, 65_536, 1_000_003];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.ByteStreams), MemberType = typeof(JsMatrix))]
    public async Task Js_peers_of_the_same_private_network_dial_us_and_are_dialed_and_who_has_no_key_is_refused(string transport, string security)
    {
        var key = PreSharedKey.Generate();
        await using var host = await StartAsync(transport, key);
        await using var open = await StartAsync(transport, null);
        await using var js = await JsMatrix.StartJsAsync(transport, security, $"psk={Convert.ToHexStringLower(key.Bytes)}");
        var echoed = await js.SendAsync("echo", new { address = JsMatrix.AddressOf(host), sizes = Sizes });
        Assert.True((bool)echoed["equal"]!, echoed.ToJsonString());

        await host.DisconnectAsync(js.Id);
        Assert.Equal(js.Id, await host.ConnectAsync(js.Address, Ct));
        Assert.Equal(security, host.FindPeer(js.Id)!.Security);
        await Echo.SendAsync(host, js.Id, 300_000, 300_000, Ct);

        await Assert.ThrowsAnyAsync<Libp2pException>(() => open.ConnectAsync(js.Address, Ct));
        Assert.Empty(open.Peers);
    }

    private static async Task<Libp2pHost> StartAsync(string transport, PreSharedKey? key)
    {
        var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), PrivateNetwork = key, DialTimeout = TimeSpan.FromSeconds(key is null ? 1 : 10) });
        await host.ListenAsync(Multiaddr.Parse(JsMatrix.Listen(transport)), Ct);
        Echo.Serve(host);
        return host;
    }
}
