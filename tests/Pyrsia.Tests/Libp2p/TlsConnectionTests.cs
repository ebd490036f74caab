using System.Net.Security;
using System.Security.Authentication;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class TlsConnectionTests
{
    private static readonly string[] Muxers = [YamuxConnection.ProtocolId];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hosts_that_speak_TLS_alone_transfer_byte_for_byte_with_half_close()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync(o => o with { Security = [SecurityProtocol.Tls] });
        Assert.Equal("/tls/1.0.0", a.FindPeer(b.Id)!.Security);
        Assert.Equal("/tls/1.0.0", b.FindPeer(a.Id)!.Security);
        Assert.True(await a.PingAsync(b.Id, Ct) > TimeSpan.Zero);
        Echo.Serve(b);
        var random = new Random(20261126);
        var jobs = Enumerable.Range(0, 40).Select(i => (Size: i == 0 ? 5_000_000 : random.Next(0, 400_000), Chunk: random.Next(1, 90_000))).ToArray();
        await Parallel.ForEachAsync(jobs, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (job, ct) => await Echo.SendAsync(a, b.Id, job.Size, job.Chunk, ct));
    }

    [Theory]
    [InlineData(SecurityProtocol.Noise, SecurityProtocol.Tls, "/tls/1.0.0")]
    [InlineData(SecurityProtocol.Tls, SecurityProtocol.Noise, "/noise")]
    public async Task A_peer_that_does_not_serve_the_first_protocol_is_reached_by_the_second(SecurityProtocol first, SecurityProtocol second, string spoken)
    {
        await using var hosts = new TestHosts();
        var dialer = await hosts.StartAsync(o => o with { Security = [first, second] });
        var listener = await hosts.StartAsync(o => o with { Security = [second] });
        Assert.Equal(listener.Id, await dialer.ConnectAsync(TestHosts.AddressOf(listener), Ct));
        Assert.Equal(spoken, dialer.FindPeer(listener.Id)!.Security);
    }

    [Theory]
    [InlineData(SecurityProtocol.Noise, SecurityProtocol.Tls, "/noise")]
    [InlineData(SecurityProtocol.Tls, SecurityProtocol.Noise, "/tls/1.0.0")]
    public async Task The_dialer_s_order_decides_between_two_that_serve_both(SecurityProtocol first, SecurityProtocol second, string spoken)
    {
        await using var hosts = new TestHosts();
        var dialer = await hosts.StartAsync(o => o with { Security = [first, second] });
        var listener = await hosts.StartAsync(o => o with { Security = [second, first] });
        await dialer.ConnectAsync(TestHosts.AddressOf(listener), Ct);
        Assert.Equal(spoken, dialer.FindPeer(listener.Id)!.Security);
    }

    [Fact]
    public async Task Hosts_without_a_common_security_protocol_say_so()
    {
        await using var hosts = new TestHosts();
        var dialer = await hosts.StartAsync(o => o with { Security = [SecurityProtocol.Tls] });
        var listener = await hosts.StartAsync(o => o with { Security = [SecurityProtocol.Noise] });
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(() => dialer.ConnectAsync(TestHosts.AddressOf(listener), Ct));
    }

    [Fact]
    public void A_host_without_security_or_with_one_twice_is_not_made()
    {
        Assert.Throws<ArgumentException>(() => new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [] }));
        Assert.Throws<ArgumentException>(() => new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [SecurityProtocol.Tls, SecurityProtocol.Tls] }));
    }

    [Fact]
    public async Task Over_TLS_a_peer_that_is_not_the_dialed_one_is_named_and_nothing_is_connected()
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartAsync(o => o with { Security = [SecurityProtocol.Tls] });
        var b = await hosts.StartAsync();
        var other = KeyPair.Generate().PeerId;
        var error = await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(other), Ct));
        Assert.Equal(other, error.Expected);
        Assert.Equal(b.Id, error.Actual);
        Assert.Empty(a.Peers);
    }

    [Fact]
    public async Task The_muxer_is_agreed_in_the_handshake()
    {
        await using var pair = await TlsPair.RunAsync(Identity(Muxers), Identity(Muxers), Ct);
        Assert.Equal(YamuxConnection.ProtocolId, pair.Dialer.Muxer);
        Assert.Equal(YamuxConnection.ProtocolId, pair.Listener.Muxer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_agrees_on_libp2p_alone_negotiates_the_muxer_afterwards(bool dialer)
    {
        await using var pair = await TlsPair.RunAsync(Identity(dialer ? [] : Muxers), Identity(dialer ? Muxers : []), Ct);
        Assert.Null(pair.Dialer.Muxer);
        Assert.Null(pair.Listener.Muxer);
    }

    [Fact]
    public async Task A_dialer_that_offers_no_protocol_of_ours_is_refused()
    {
        var (left, right) = MemoryPair.Open();
        var options = Identity(Muxers).DialOptions(new TlsPeerCheck(true, null, TimeProvider.System));
        options.ApplicationProtocols = [SslApplicationProtocol.Http11];
        await AssertRefusedAsync(left, right, options, "The TLS handshake failed");
    }

    [Fact]
    public async Task A_dialer_without_a_certificate_is_refused()
    {
        var (left, right) = MemoryPair.Open();
        var options = Identity(Muxers).DialOptions(new TlsPeerCheck(true, null, TimeProvider.System));
        options.ClientCertificateContext = null;
        await AssertRefusedAsync(left, right, options, "no certificate");
    }

    [Fact]
    public async Task A_dialer_that_knows_TLS_1_2_at_most_is_refused()
    {
        var (left, right) = MemoryPair.Open();
        var options = Identity(Muxers).DialOptions(new TlsPeerCheck(true, null, TimeProvider.System));
#pragma warning disable CA5398 // what is refused has to be offered
        options.EnabledSslProtocols = SslProtocols.Tls12;
#pragma warning restore CA5398
        await AssertRefusedAsync(left, right, options, "The TLS handshake failed");
    }

    [Fact]
    public async Task A_listener_that_knows_TLS_1_2_at_most_is_refused()
    {
        var (left, right) = MemoryPair.Open();
        var dialing = TlsUpgrade.DialAsync(left, Identity(Muxers), null, Ct);
        var input = new InputBuffer(right);
        await MultistreamSelect.ListenAsync(input, id => id == TlsUpgrade.ProtocolId, Ct);
        await using var ssl = new SslStream(new ChannelStream(right, input));
        var options = Identity(Muxers).ListenOptions(new TlsPeerCheck(false, null, TimeProvider.System));
#pragma warning disable CA5398 // what is refused has to be offered
        options.EnabledSslProtocols = SslProtocols.Tls12;
#pragma warning restore CA5398
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => ssl.AuthenticateAsServerAsync(options, Ct));
        right.Abort();
        await right.DisposeAsync();
        await Assert.ThrowsAsync<HandshakeException>(() => dialing);
    }

    [Fact]
    public void The_last_of_the_offered_protocols_is_that_without_a_muxer()
    {
        var check = new TlsPeerCheck(true, null, TimeProvider.System);
        foreach (var offered in new[] { Identity(Muxers).DialOptions(check).ApplicationProtocols, Identity(Muxers).ListenOptions(check).ApplicationProtocols })
            Assert.Equal(["/yamux/1.0.0", "libp2p"], offered!.Select(protocol => protocol.ToString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_sends_two_certificates_is_refused(bool dialerSends)
    {
        var (leaf, issuers) = TlsTestCertificates.Chain(TimeProvider.System.GetUtcNow());
        var twice = new TlsIdentity(() => leaf, Muxers, TimeProvider.System, issuers);
        var (left, right) = MemoryPair.Open();
        var (dialing, listening) = TlsPair.Start(left, right, dialerSends ? twice : Identity(Muxers), dialerSends ? Identity(Muxers) : twice, null, Ct);
        var error = await Assert.ThrowsAsync<HandshakeException>(() => dialerSends ? listening : dialing);
        Assert.Contains("more than one certificate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_with_an_expired_certificate_is_refused_in_both_directions()
    {
        var old = KeyPair.Generate();
        TlsIdentity Expired() => new(() => TlsIdentity.MakeCertificate(old.PublicKey, s => old.Sign(s), TimeProvider.System.GetUtcNow().AddDays(-101 * 365)), Muxers, TimeProvider.System);
        var (left, right) = MemoryPair.Open();
        var (dialing, _) = TlsPair.Start(left, right, Identity(Muxers), Expired(), null, Ct);
        Assert.Contains("expired", (await Assert.ThrowsAsync<HandshakeException>(() => dialing)).Message, StringComparison.Ordinal);
        (left, right) = MemoryPair.Open();
        var (_, listening) = TlsPair.Start(left, right, Expired(), Identity(Muxers), null, Ct);
        Assert.Contains("expired", (await Assert.ThrowsAsync<HandshakeException>(() => listening)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_server_name_is_sent()
    {
        var (left, right) = MemoryPair.Open();
        var dialing = TlsUpgrade.DialAsync(left, Identity(Muxers), null, Ct);
        var input = new InputBuffer(right);
        await MultistreamSelect.ListenAsync(input, id => id == TlsUpgrade.ProtocolId, Ct);
        await using var ssl = new SslStream(new ChannelStream(right, input));
        string? name = null;
        var check = new TlsPeerCheck(false, null, TimeProvider.System);
        await ssl.AuthenticateAsServerAsync((_, hello, _, _) =>
        {
            name = hello.ServerName;
            return ValueTask.FromResult(Identity(Muxers).ListenOptions(check));
        }, null, Ct);
        Assert.Equal("", name);
        await (await dialing).DisposeAsync();
    }

    [Fact]
    public async Task A_changed_TLS_record_ends_the_connection()
    {
        var (left, right) = MemoryPair.Open();
        await using var pair = await TlsPair.RunAsync(Identity(Muxers), Identity(Muxers), Ct, left, right);
        pair.Dialer.Append("hello"u8);
        await pair.Dialer.FlushAsync(Ct);
        Assert.Equal("hello"u8.ToArray(), (await pair.Listener.ReadAsync(Ct)).ToArray());
        await left.SendAsync(new byte[] { 23, 3, 3, 0, 22, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 }, Ct);
        await Assert.ThrowsAsync<PeerProtocolException>(async () => await pair.Listener.ReadAsync(Ct));
    }

    [Fact]
    public async Task A_session_is_never_resumed_so_that_each_connection_shows_its_certificate()
    {
        var (dialer, first, second) = (Identity(Muxers), KeyPair.Generate(), KeyPair.Generate());
        foreach (var peer in new[] { first, second, first })
        {
            await using var pair = await TlsPair.RunAsync(dialer, new TlsIdentity(peer, Muxers, TimeProvider.System), Ct);
            Assert.Equal(peer.PublicKey, pair.Dialer.RemoteKey);
        }
    }

    private static TlsIdentity Identity(string[] muxers) => new(KeyPair.Generate(), muxers, TimeProvider.System);

    private static async Task AssertRefusedAsync(MemoryChannel left, MemoryChannel right, SslClientAuthenticationOptions options, string reason)
    {
        var input = new InputBuffer(right);
        var listening = Task.Run(async () =>
        {
            await MultistreamSelect.ListenAsync(input, id => id == TlsUpgrade.ProtocolId, Ct);
            try
            {
                return await TlsUpgrade.ListenAsync(right, input, Identity(Muxers), Ct);
            }
            finally
            {
                right.Abort();
            }
        }, Ct);
        await using var ssl = new SslStream(new ChannelStream(left, new InputBuffer(left), TlsUpgrade.ProtocolId));
        try
        {
            await ssl.AuthenticateAsClientAsync(options, Ct);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // A dialer is finished before the listener has looked, so this end may or may not hear of it here.
        }
        left.Abort();
        Assert.Contains(reason, (await Assert.ThrowsAsync<HandshakeException>(() => listening)).Message, StringComparison.Ordinal);
    }
}
