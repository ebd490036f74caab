using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A host that has no QUIC says so and does without. One in a private network never has it, whatever the platform has.</summary>
public sealed class QuicAbsenceTests
{
    private static readonly PreSharedKey Key = PreSharedKey.Generate();
    private static readonly Multiaddr Quic = Multiaddr.Parse("/ip4/127.0.0.1/udp/1/quic-v1");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Libp2pHostOptions Private(Libp2pHostOptions options) => options with { PrivateNetwork = Key };

    [Fact]
    public void The_platform_is_ready_or_says_why_it_is_not() => Assert.NotEqual(QuicPlatform.IsAvailable, !string.IsNullOrWhiteSpace(QuicPlatform.Missing));

    [Fact]
    public async Task Listening_fails_with_the_reason_and_adds_no_address()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(Private);
        var error = await Assert.ThrowsAsync<TransportUnavailableException>(() => host.ListenAsync(Quic, Ct));
        Assert.Contains(host.QuicMissing!, error.Message, StringComparison.Ordinal);
        Assert.Empty(host.ListenAddresses);
    }

    [Fact]
    public async Task A_dial_of_a_QUIC_address_alone_fails_with_the_reason()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(Private);
        var error = await Assert.ThrowsAsync<TransportUnavailableException>(() => host.ConnectAsync(Quic.WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.Contains(host.QuicMissing!, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dns4/localhost/udp/1/quic-v1")]
    [InlineData("/dns/localhost/udp/1/quic-v1")]
    public async Task A_dial_of_a_QUIC_address_with_a_name_fails_with_the_reason_too(string address)
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(Private);
        var error = await Assert.ThrowsAsync<TransportUnavailableException>(() => host.ConnectAsync(Multiaddr.Parse(address).WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.Contains(host.QuicMissing!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_QUIC_address_is_passed_over_in_favour_of_another()
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartSilentAsync(Private);
        var b = await hosts.StartAsync(Private);
        a.PeerStore.AddAddresses(b.Id, [Quic, b.ListenAddresses[0]], TimeSpan.FromMinutes(1));
        await a.ConnectAsync(b.Id, Ct);
        Assert.Equal(b.ListenAddresses[0], a.FindPeer(b.Id)!.Address);
    }
}
