using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>A js-libp2p process that dies while it is connected over QUIC, of which no system tells. Where the platform or js has no QUIC, the test asserts that.</summary>
public sealed class QuicInteropTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_js_peer_that_is_killed_over_QUIC_is_suspected_within_three_seconds_others_are_asked_and_it_is_dead_before_ten()
    {
        if (!JsMatrix.HasQuic)
        {
            Assert.True(QuicPlatform.Missing is not null || !JsMatrix.HasJsQuic);
            return;
        }
        await using var host = await JsMatrix.StartAsync("quic", "/tls/1.0.0");
        await using var doomed = await JsMatrix.StartJsAsync("quic", "/tls/1.0.0");
        await using var other = await JsMatrix.StartJsAsync("quic", "/tls/1.0.0");
        foreach (var js in (JsPeer[])[doomed, other])
        {
            await host.ConnectAsync(js.Address, Ct);
            await Echo.SendAsync(host, js.Id, 1000, 1000, Ct);
        }
        var suspected = host.NextAsync(doomed.Id, PeerEventKind.Suspected);
        var dead = host.NextAsync(doomed.Id, PeerEventKind.Dead);
        var gone = host.NextAsync(doomed.Id, PeerEventKind.Disconnected);
        var start = TimeProvider.System.GetTimestamp();
        doomed.Kill();
        var question = host.RequestAsync(doomed.Id, Echo.Protocol, new byte[] { 1 }, cancellationToken: Ct);
        await suspected;
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(3.2));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => question);
        await Echo.SendAsync(host, other.Id, 1000, 1000, Ct);
        await dead;
        await gone;
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(10));
        Assert.False(host.IsConnected(doomed.Id));
        Assert.True(host.IsConnected(other.Id));
    }
}
