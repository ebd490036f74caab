using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>What connections with js-libp2p are made of. Every protocol that both sides have is tried over all of it, dialed by either side.</summary>
public static class JsMatrix
{
    /// <summary>Which only tests speak, and so is none of the stacks that every protocol is tried on.</summary>
    internal const string Plaintext = "/plaintext/2.0.0";

    private const string KadProtocol = "/pyrsia/kad/1.0.0";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Transport and security protocol of a connection; yamux is the muxer. QUIC, which brings all three, is there where the platform has it.</summary>
    public static TheoryData<string, string> Stacks
    {
        get
        {
            var stacks = ByteStreams;
            if (HasQuic) stacks.Add("quic", "/tls/1.0.0");
            return stacks;
        }
    }

    /// <summary>Those with a stream of bytes under the security protocol, which a private network needs.</summary>
    public static TheoryData<string, string> ByteStreams => new() { { "tcp", "/noise" }, { "tcp", "/tls/1.0.0" }, { "ws", "/noise" }, { "ws", "/tls/1.0.0" } };

    /// <summary>All of them, and whether js dials.</summary>
    public static TheoryData<string, string, bool> Dials => [.. Stacks.SelectMany(stack => new[] { (stack.Data.Item1, stack.Data.Item2, true), (stack.Data.Item1, stack.Data.Item2, false) })];

    internal static bool HasQuic => QuicPlatform.IsAvailable && HasJsQuic;

    /// <summary>Whether js-libp2p's QUIC, a library of its own, is there for this platform.</summary>
    internal static bool HasJsQuic => Directory.EnumerateDirectories(Path.Combine(JsPeer.JsDirectory(), "node_modules", "@chainsafe"), "libp2p-quic-*").Any();

    /// <summary>Where to listen.</summary>
    internal static string Listen(string transport, string ip = "127.0.0.1", int port = 0) => transport switch
    {
        "quic" => $"/ip4/{ip}/udp/{port}/quic-v1",
        "ws" => $"/ip4/{ip}/tcp/{port}/ws",
        _ => $"/ip4/{ip}/tcp/{port}",
    };

    /// <summary>A host of ours that speaks this and nothing else.</summary>
    internal static Libp2pHost Host(string security, RelayOptions? relay = null) => new(new Libp2pHostOptions
    {
        Identity = KeyPair.Generate(),
        AgentVersion = "interop/1.0",
        PlaintextForTests = security == Plaintext,
        Security = [security == "/noise" ? SecurityProtocol.Noise : SecurityProtocol.Tls],
        Relay = relay,
    });

    /// <summary>The same, which listens and echoes.</summary>
    internal static async Task<Libp2pHost> StartAsync(string transport = "tcp", string security = "/noise", string ip = "127.0.0.1", RelayOptions? relay = null)
    {
        var host = Host(security, relay);
        await host.ListenAsync(Multiaddr.Parse(Listen(transport, ip)), Ct);
        Echo.Serve(host);
        return host;
    }

    /// <summary>Address and id of a host of ours.</summary>
    internal static string AddressOf(Libp2pHost host) => host.ListenAddresses[0].WithPeerId(host.Id).ToString();

    /// <summary>A js-libp2p peer.</summary>
    internal static Task<JsPeer> StartJsAsync(string transport = "tcp", string security = "/noise", params string[] more) => StartJsInAsync(null, transport, security, more);

    /// <summary>One in a network namespace.</summary>
    internal static Task<JsPeer> StartJsInAsync(string? networkNamespace, string transport, string security, params string[] more) =>
        JsPeer.StartInAsync(networkNamespace, [KadProtocol, "Ed25519", transport, security, .. more]);

    /// <summary>Connects a host of ours and a js-libp2p peer, and waits until ours knows the other.</summary>
    internal static async Task ConnectAsync(Libp2pHost host, JsPeer js, bool jsDials)
    {
        if (!jsDials)
        {
            Assert.Equal(js.Id, await host.ConnectAsync(js.Address, Ct));
            Assert.True(await host.WaitIdentifiedAsync(js.Id, Ct));
            return;
        }
        // The dialer is through with the handshake before this end has taken the connection in.
        var known = host.NextAsync(js.Id, PeerEventKind.Identified);
        Assert.Equal(host.Id.ToString(), (string)(await js.SendAsync("dial", new { address = AddressOf(host) }))["peer"]!);
        await known;
    }
}
