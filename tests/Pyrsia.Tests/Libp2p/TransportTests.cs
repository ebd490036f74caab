using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>What holds over every transport that this machine has.</summary>
public sealed class TransportTests
{
    private const string Tcp = "/ip4/127.0.0.1/tcp/0";
    private const string Quic = "/ip4/127.0.0.1/udp/0/quic-v1";
    private const int ManyStreams = 32;
    private static readonly int[] Sizes = [0, 1, 2, 1023, 65_507, 65_536, 262_143, 262_145, 1_000_003, 5_000_011];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Where a host listens; QUIC where the platform has it.</summary>
    public static TheoryData<string> Transports => QuicPlatform.IsAvailable ? [Tcp, Quic] : [Tcp];

    private static async Task<(Libp2pHost A, Libp2pHost B)> PairAsync(TestHosts hosts, string transport)
    {
        var (a, b) = (await hosts.StartSilentAsync(), await hosts.StartSilentAsync());
        await b.ListenAsync(Multiaddr.Parse(transport), Ct);
        Echo.Serve(b);
        return (a, b);
    }

    internal static async Task<(Libp2pHost A, Libp2pHost B)> ConnectedAsync(TestHosts hosts, string transport)
    {
        var (a, b) = await PairAsync(hosts, transport);
        var known = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified), TestHosts.NextAsync(b, a.Id, PeerEventKind.Identified));
        Assert.Equal(b.Id, await a.ConnectAsync(TestHosts.AddressOf(b), Ct));
        await known;
        return (a, b);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task What_is_sent_and_half_closed_comes_back_byte_for_byte(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await ConnectedAsync(hosts, transport);
        foreach (var size in Sizes) await Echo.SendAsync(a, b.Id, size, 100_000, Ct);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Many_streams_at_once_keep_their_bytes_apart(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await ConnectedAsync(hosts, transport);
        await Task.WhenAll(Enumerable.Range(0, ManyStreams).Select(i => Echo.SendAsync(a, b.Id, 10_000 + i, 3_001, Ct)));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_peer_that_is_not_the_dialed_one_is_named(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await PairAsync(hosts, transport);
        var error = await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.Equal(b.Id, error.Actual);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_reset_of_either_side_reaches_the_other(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await ConnectedAsync(hosts, transport);
        var seen = Resets.Serve(b);
        await using var refused = await a.OpenStreamAsync(b.Id, Resets.Protocol, Ct);
        await refused.WriteAsync(new byte[] { 1 }, Ct);
        await Assert.ThrowsAsync<StreamResetException>(async () => await refused.ReadAsync(new byte[1], Ct));
        await using var dropped = await a.OpenStreamAsync(b.Id, Resets.Protocol, Ct);
        await dropped.WriteAsync(new byte[] { 2 }, Ct);
        await dropped.ReadExactlyAsync(new byte[1], Ct);
        dropped.Reset();
        Assert.IsType<StreamResetException>(await seen.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        // The connection has not suffered.
        await Echo.SendAsync(a, b.Id, 1000, 1000, Ct);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_message_that_was_sent_before_a_peer_leaves_arrives(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await ConnectedAsync(hosts, transport);
        var received = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        b.Handle("/last", async (stream, ct) => received.TrySetResult(await stream.ReadMessageAsync(1_000_000, ct)));
        await using (var stream = await a.OpenStreamAsync(b.Id, "/last", Ct)) await stream.WriteMessageAsync(new byte[100_000], Ct);
        await a.DisposeAsync();
        Assert.Equal(100_000, (await received.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct))!.Length);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_peer_that_closes_is_noticed_and_its_streams_end(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await ConnectedAsync(hosts, transport);
        b.Handle("/wait", (_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        await using var open = await a.OpenStreamAsync(b.Id, "/wait", Ct);
        var gone = TestHosts.NextAsync(a, b.Id, PeerEventKind.Disconnected);
        await b.DisposeAsync();
        await gone;
        await Assert.ThrowsAnyAsync<IOException>(async () => await open.ReadExactlyAsync(new byte[1], Ct));
    }
}
