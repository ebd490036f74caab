using Pyrsia.Libp2p;
using Pyrsia.Libp2p.Probe;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>The sample program, on a peer that nobody here wrote.</summary>
public sealed class ProbeTests
{
    [Fact]
    public async Task It_prints_what_a_js_peer_is_and_speaks_and_says_why_when_there_is_no_answer()
    {
        var js = await JsPeer.StartAsync("/pyrsia/kad/1.0.0", "Ed25519", "ws", "/tls/1.0.0");
        await using (js)
        {
            var (code, output, error) = await ProbeAsync(js.Address, null);
            Assert.True(code == 0, error);
            foreach (var line in new[] { $"peer      {js.Id}", "security  /tls/1.0.0", "agent     js-libp2p/", "speaks    /ipfs/ping/1.0.0", "speaks    /meshsub/1.2.0", "speaks    /pyrsia/kad/1.0.0", "ping      " })
                Assert.Contains(line, output, StringComparison.Ordinal);
            (code, output, error) = await ProbeAsync(js.Address, SecurityProtocol.Noise);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains("/noise", error, StringComparison.Ordinal);
            (code, _, error) = await ProbeAsync(js.Address.WithoutPeerId().WithPeerId(KeyPair.Generate().PeerId), null);
            Assert.Equal(1, code);
            Assert.Contains(js.Id.ToString(), error, StringComparison.Ordinal);
        }
        var (gone, _, refused) = await ProbeAsync(js.Address, null);
        Assert.Equal(1, gone);
        Assert.StartsWith(js.Address.ToString(), refused, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> ProbeAsync(Multiaddr address, SecurityProtocol? security)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await PeerProbe.RunAsync(address, security, 1, TimeSpan.Zero, TimeSpan.FromSeconds(20), output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
