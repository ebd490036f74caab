using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class JsInteropTests
{
    /// <summary>Sizes at which frames and windows end, and some of chance.</summary>
    private static readonly int[] Sizes =
        [0, 1, 2, 1023, 65_507, 65_536, 262_143, 262_145, 1_000_003, 5_000_011, .. Enumerable.Range(0, 6).Select(_ => RandomNumberGenerator.GetInt32(1_500_000))];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    [InlineData("tcp", JsMatrix.Plaintext)]
    public async Task Js_dials_us_identifies_pings_and_gets_its_bytes_back(string transport, string security)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        var dialed = await js.SendAsync("dial", new { address = JsMatrix.AddressOf(host) });
        Assert.Equal(host.Id.ToString(), (string)dialed["peer"]!);
        // In QUIC both are no protocols of their own, and js names them after it.
        if (transport != "quic")
        {
            Assert.Equal(security, (string)dialed["encryption"]!);
            Assert.Equal("/yamux/1.0.0", (string)dialed["multiplexer"]!);
        }
        var identified = await js.EventAsync(e => (string?)e["event"] == "identify" && (string?)e["peer"] == host.Id.ToString());
        Assert.Equal("interop/1.0", (string)identified["agent"]!);
        Assert.True((bool)identified["signedRecord"]!);
        Assert.Contains(identified["addresses"]!.AsArray(), a => (string)a! == host.ListenAddresses[0].ToString());
        Assert.Contains(identified["protocols"]!.AsArray(), p => (string)p! == Echo.Protocol);
        Assert.True(await host.WaitIdentifiedAsync(js.Id, Ct));
        Assert.True((double)(await js.SendAsync("ping", new { address = JsMatrix.AddressOf(host) }))["rtt"]! >= 0);
        var echoed = await js.SendAsync("echo", new { address = JsMatrix.AddressOf(host), sizes = Sizes });
        Assert.True((bool)echoed["equal"]!, echoed.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    [InlineData("tcp", JsMatrix.Plaintext)]
    public async Task We_dial_js_identify_ping_and_get_our_bytes_back(string transport, string security)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        Assert.Equal(js.Id, await host.ConnectAsync(js.Address, Ct));
        Assert.True(await host.WaitIdentifiedAsync(js.Id, Ct));
        var info = host.FindPeer(js.Id)!;
        Assert.Equal(security, info.Security);
        Assert.EndsWith(transport switch { "ws" => "/ws", "quic" => "/quic-v1", _ => "" }, info.Address.ToString(), StringComparison.Ordinal);
        Assert.Equal(transport == "ws", info.Address.ToString().EndsWith("/ws", StringComparison.Ordinal));
        Assert.Contains("js-libp2p", info.Agent!, StringComparison.Ordinal);
        Assert.Contains(Echo.Protocol, info.Protocols);
        Assert.True(await host.PingAsync(js.Id, Ct) > TimeSpan.Zero);
        foreach (var size in Sizes) await Echo.SendAsync(host, js.Id, size, 100_000, Ct);
    }

    /// <summary>Not ECDSA: js-libp2p makes such keys, and no peer ids of them.</summary>
    [Theory]
    [InlineData("secp256k1", "/noise")]
    [InlineData("secp256k1", "/tls/1.0.0")]
    [InlineData("RSA", "/noise")]
    [InlineData("RSA", "/tls/1.0.0")]
    public async Task Js_peers_with_keys_of_other_kinds_are_dialed_and_dial_us(string keyType, string security)
    {
        await using var host = await JsMatrix.StartAsync(security: security);
        await using var js = await JsPeer.StartAsync("/pyrsia/kad/1.0.0", keyType, "tcp", security);
        Assert.Equal(js.Id, await host.ConnectAsync(js.Address, Ct));
        Assert.True(await host.WaitIdentifiedAsync(js.Id, Ct));
        Assert.True(await host.PingAsync(js.Id, Ct) > TimeSpan.Zero);
        await using var other = await JsMatrix.StartAsync(security: security);
        await JsMatrix.ConnectAsync(other, js, jsDials: true);
    }

    [Fact]
    public async Task A_js_peer_that_serves_TLS_alone_is_reached_by_a_host_that_proposes_Noise_first()
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        await using var js = await JsMatrix.StartJsAsync("tcp", "/tls/1.0.0");
        Assert.Equal(js.Id, await host.ConnectAsync(js.Address, Ct));
        Assert.Equal("/tls/1.0.0", host.FindPeer(js.Id)!.Security);
    }

    [Theory]
    [InlineData("/noise")]
    [InlineData("/tls/1.0.0")]
    public async Task A_js_peer_under_another_id_is_a_named_error(string security)
    {
        await using var host = await JsMatrix.StartAsync(security: security);
        await using var js = await JsMatrix.StartJsAsync("tcp", security);
        var wrong = js.Address.WithPeerId(KeyPair.Generate().PeerId);
        var error = await Assert.ThrowsAsync<PeerIdMismatchException>(() => host.ConnectAsync(wrong, Ct));
        Assert.Equal(js.Id, error.Actual);
    }
}
