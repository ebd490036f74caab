using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class PerfTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_much_comes_back_as_was_asked_for_and_not_before_the_upload_has_ended()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        PerfProtocol.Serve(b);
        foreach (var (up, down) in new[] { (0UL, 0UL), (1UL, 1UL), (3_000_001UL, 0UL), (7UL, 5_000_011UL) })
            Assert.True(await PerfProtocol.MeasureAsync(a, b.Id, up, down, Ct) > TimeSpan.Zero);
        await using var stream = await a.OpenStreamAsync(b.Id, PerfProtocol.Id, Ct);
        await stream.WriteAsync(new byte[] { 0, 0, 0, 0, 0, 0, 1, 1, 99 }, Ct);
        var answer = stream.ReadAsync(new byte[1000], Ct).AsTask();
        await a.PingAsync(b.Id, Ct);
        Assert.False(answer.IsCompleted);
        await stream.CloseWriteAsync(Ct);
        Assert.Equal(257, await answer);
    }

    [Fact]
    public async Task It_is_off_until_it_is_asked_for_and_measurements_take_turns()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(() => PerfProtocol.MeasureAsync(a, b.Id, 1, 1, Ct));
        PerfProtocol.Serve(b);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => PerfProtocol.MeasureAsync(a, b.Id, 100_000, 100_000 + (ulong)i, Ct)));
        // Of two that have said what they want, one is not answered before the other has ended.
        Libp2pStream[] streams = [await a.OpenStreamAsync(b.Id, PerfProtocol.Id, Ct), await a.OpenStreamAsync(b.Id, PerfProtocol.Id, Ct)];
        var answers = new List<Task<int>>();
        foreach (var stream in streams)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 0, 0, 0x10, 0, 0 }, Ct);
            await stream.CloseWriteAsync(Ct);
            answers.Add(stream.ReadAsync(new byte[1], Ct).AsTask());
        }
        var first = await Task.WhenAny(answers);
        await a.PingAsync(b.Id, Ct);
        Assert.Equal(1, answers.Count(answer => answer.IsCompleted));
        streams[answers.IndexOf(first)].Reset();
        Assert.All(await Task.WhenAll(answers), n => Assert.Equal(1, n));
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    [Fact]
    public async Task A_peer_that_sends_less_than_was_asked_for_is_found_out()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        b.Handle(PerfProtocol.Id, async (stream, ct) =>
        {
            while (await stream.ReadAsync(new byte[100], ct) > 0)
            {
            }
            await stream.WriteAsync(new byte[99], ct);
        });
        await Assert.ThrowsAsync<PeerProtocolException>(() => PerfProtocol.MeasureAsync(a, b.Id, 0, 100, Ct));
    }
}
