using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Alone in the process, as the pools are everybody's.</summary>
[Collection(nameof(AloneCollection))]
public sealed class BufferTests
{
    /// <summary>Rounds of four transfers at once.</summary>
    private const int Rounds = 25;

    /// <summary>What two runs without leaks may differ by; a hundred transfers that leak leave more.</summary>
    private const int Tolerance = 20;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <remarks>Not over QUIC: of a stream that was reset the platform leaves its own receive buffers to the garbage collector.</remarks>
    [Theory]
    [InlineData(SecurityProtocol.Noise, "/tcp/0")]
    [InlineData(SecurityProtocol.Noise, "/tcp/0/ws")]
    [InlineData(SecurityProtocol.Tls, "/tcp/0")]
    [InlineData(SecurityProtocol.Tls, "/tcp/0/ws")]
    public async Task Streams_that_have_ended_in_every_way_have_given_back_all_their_buffers(SecurityProtocol security, string transport)
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartSilentAsync(o => o with { Security = [security] });
        var b = await hosts.StartSilentAsync(o => o with { Security = [security] });
        await b.ListenAsync(Multiaddr.Parse($"/ip4/127.0.0.1{transport}"), Ct);
        Transfer.Serve(b);
        var identified = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified), TestHosts.NextAsync(b, a.Id, PeerEventKind.Identified));
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        await identified;
        using var buffers = new PooledBuffers();
        // The first run leaves behind what a connection keeps.
        await RunAsync(1);
        var before = buffers.Held;
        await RunAsync(1000);
        Assert.InRange(buffers.Held - before, -Tolerance, Tolerance);

        async Task RunAsync(int seed)
        {
            for (var round = 0; round < Rounds; round++) await Task.WhenAll(Enumerable.Range(seed + (4 * round), 4).Select(s => Transfer.RunAsync(a, b.Id, s, Ct)));
            await IntegrityTests.IdleAsync(a);
            await IntegrityTests.IdleAsync(b);
        }
    }
}
