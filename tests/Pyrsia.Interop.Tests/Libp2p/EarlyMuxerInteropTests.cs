using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>The muxer is agreed in the handshake, by Noise's extension or by ALPN: behind it yamux begins at once, and no line of multistream-select goes either way.</summary>
public sealed class EarlyMuxerInteropTests
{
    /// <summary>Yamux, a ping that asks, of the session.</summary>
    private const string Question = "000200010000000000000007";

    /// <summary>The same, the answer.</summary>
    private const string Answer = "000200020000000000000007";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/noise")]
    [InlineData("/tls/1.0.0")]
    public async Task Js_that_is_dialed_takes_the_muxer_of_the_handshake(string protocol)
    {
        await using var js = await JsPeer.StartAsync("/pyrsia/kad/1.0.0", "Ed25519", "tcp", protocol);
        using var security = Security(protocol);
        js.Address.WithoutPeerId().TryGetTcpEndPoint(out var endPoint);
        await using var secure = await security.DialAsync(await TcpChannel.ConnectAsync(endPoint, Ct), js.Id, Ct);
        Assert.Equal(YamuxConnection.ProtocolId, secure.Muxer);
        // Js would take this for a line of multistream-select, and a malformed one, if it waited for such.
        secure.Append(Convert.FromHexString(Question));
        await secure.FlushAsync(Ct);
        var received = "";
        while (!received.Contains(Answer, StringComparison.Ordinal))
        {
            var piece = await secure.ReadAsync(Ct);
            Assert.False(piece.IsEmpty, $"js closed the connection after {received}");
            received += Convert.ToHexStringLower(piece.Span);
            Assert.StartsWith("00", received, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/noise")]
    [InlineData("/tls/1.0.0")]
    public async Task Js_that_dials_takes_the_muxer_of_the_handshake(string protocol)
    {
        await using var js = await JsPeer.StartAsync("/pyrsia/kad/1.0.0", "Ed25519", "tcp", protocol);
        var identity = KeyPair.Generate();
        using var security = Security(protocol, identity);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var dialing = js.SendAsync("dial", new { address = Multiaddr.FromEndPoint((IPEndPoint)listener.LocalEndpoint).WithPeerId(identity.PeerId).ToString() });
        var channel = new TcpChannel(await listener.AcceptSocketAsync(Ct));
        var input = new InputBuffer(channel);
        await MultistreamSelect.ListenAsync(input, id => id == protocol, Ct);
        await using var secure = await security.ListenAsync(channel, input, Ct);
        Assert.Equal(YamuxConnection.ProtocolId, secure.Muxer);
        Assert.Equal("/yamux/1.0.0", (string)(await dialing)["multiplexer"]!);
        // The first that comes is a header of yamux, of a stream that js opens to identify us. A line of multistream-select would begin with its length.
        var first = new List<byte>();
        while (first.Count < YamuxHeader.Size)
        {
            var piece = await secure.ReadAsync(Ct);
            Assert.False(piece.IsEmpty, "js closed the connection");
            first.AddRange(piece.Span);
        }
        Assert.True(YamuxHeader.TryRead(first.ToArray(), out var header), Convert.ToHexString(first.ToArray()));
        Assert.True(header.Flags.HasFlag(YamuxFlags.Syn) && (header.Type == YamuxType.Ping || header.StreamId % 2 == 1));
    }

    private static ISecurityProtocol Security(string protocol, KeyPair? identity = null) => protocol == NoiseUpgrade.ProtocolId
        ? new NoiseStatic(identity ?? KeyPair.Generate(), [YamuxConnection.ProtocolId])
        : new TlsIdentity(identity ?? KeyPair.Generate(), [YamuxConnection.ProtocolId], TimeProvider.System);
}
