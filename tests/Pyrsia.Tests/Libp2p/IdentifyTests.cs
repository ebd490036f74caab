using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class IdentifyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Agent_and_protocol_version_stand_in_their_own_fields() =>
        Assert.Equal("2a01" + "70" + "3201" + "61", Convert.ToHexStringLower(Assert.Single(new IdentifyMessage { ProtocolVersion = "p", AgentVersion = "a" }.EncodeParts())));

    [Fact]
    public async Task Several_messages_are_one_and_a_push_changes_only_what_it_names()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        var before = a.FindPeer(b.Id)!;
        await PushAsync(b, a, new IdentifyMessage { Protocols = ["/one"] }, new IdentifyMessage { AgentVersion = "other/2" });
        var after = a.FindPeer(b.Id)!;
        Assert.Equal(["/one"], after.Protocols);
        Assert.Equal("other/2", after.Agent);
        Assert.NotEqual(before.Agent, after.Agent);
        Assert.Equal(b.ListenAddresses, a.PeerStore.GetAddresses(b.Id));
    }

    [Fact]
    public async Task Lists_of_messages_that_follow_one_another_are_joined()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await PushAsync(b, a, new IdentifyMessage { Protocols = ["/one", "/two"] }, new IdentifyMessage { Protocols = ["/two", "/three"] });
        Assert.Equal(["/one", "/two", "/three"], a.FindPeer(b.Id)!.Protocols);
        await PushAsync(b, a, new IdentifyMessage { Protocols = ["/four"] });
        Assert.Equal(["/four"], a.FindPeer(b.Id)!.Protocols);
    }

    [Fact]
    public async Task What_is_too_long_for_others_goes_in_several_messages()
    {
        await using var hosts = new TestHosts();
        var name = new string('a', 60);
        var announced = Enumerable.Range(1, PeerRecord.MaxAddresses).Select(i => Multiaddr.Parse($"/dns4/{name}.{name}.example/tcp/{i}")).ToArray();
        var (a, b) = (await hosts.StartAsync(), await hosts.StartAsync(o => o with { AnnounceAddresses = announced }));
        var identified = TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified);
        await b.ConnectAsync(TestHosts.AddressOf(a), Ct);
        await identified;
        await using var stream = await a.OpenStreamAsync(b.Id, IdentifyMessage.ProtocolId, Ct);
        var whole = new IdentifyMessage();
        var messages = 0;
        for (; await stream.ReadMessageAsync(IdentifyMessage.MaxSentLength, Ct) is { } bytes; messages++)
        {
            Assert.True(IdentifyMessage.TryDecode(bytes, out var message));
            whole = whole.Join(message);
        }
        Assert.InRange(messages, 2, IdentifyMessage.MaxMessages);
        Assert.Equal(announced, whole.ListenAddresses);
        Assert.Equal(b.Id, PeerId.FromPublicKey(whole.PublicKey!));
    }

    [Fact]
    public async Task The_number_of_a_record_grows_with_each_also_when_the_clock_stands_and_when_it_goes_back()
    {
        await using var hosts = new TestHosts();
        var time = new SteppingTime();
        var host = await hosts.StartSilentAsync(o => o with { Time = time });
        ulong Sealed() => PeerRecord.TryOpen(host.SealRecord([]), out var record) ? record.Sequence : 0;
        var first = Sealed();
        Assert.Equal((ulong)time.GetUtcNow().ToUnixTimeMilliseconds(), first);
        Assert.Equal([first + 1, first + 2], [Sealed(), Sealed()]);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first + 1000, Sealed());
    }

    [Fact]
    public async Task A_record_with_a_lower_number_than_one_before_it_is_not_taken()
    {
        await using var hosts = new TestHosts();
        var key = KeyPair.Generate();
        var (a, b) = (await hosts.StartAsync(), await hosts.StartAsync(o => o with { Identity = key }));
        var identified = TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified);
        await b.ConnectAsync(TestHosts.AddressOf(a), Ct);
        await identified;
        var (late, early) = (Multiaddr.Parse("/ip4/198.51.100.1/tcp/2"), Multiaddr.Parse("/ip4/198.51.100.1/tcp/1"));
        await PushAsync(b, a, new IdentifyMessage { SignedRecordBytes = new PeerRecord(b.Id, ulong.MaxValue, [late]).Seal(key) });
        await PushAsync(b, a, new IdentifyMessage { SignedRecordBytes = new PeerRecord(b.Id, ulong.MaxValue - 1, [early]).Seal(key) });
        Assert.Contains(late, a.PeerStore.GetAddresses(b.Id));
        Assert.DoesNotContain(early, a.PeerStore.GetAddresses(b.Id));
    }

    [Fact]
    public async Task Who_identifies_with_another_key_than_it_proved_is_not_believed()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        var fault = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        a.Faulted += (_, e) => fault.TrySetResult(e.Fault);
        await using var stream = await b.OpenStreamAsync(a.Id, IdentifyMessage.PushProtocolId, Ct);
        await stream.WriteMessageAsync(new IdentifyMessage { PublicKey = KeyPair.Generate().PublicKey, Protocols = ["/forged"] }.EncodeParts()[0], Ct);
        await stream.CloseWriteAsync(Ct);
        Assert.IsType<PeerProtocolException>(await fault.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
        Assert.DoesNotContain("/forged", a.FindPeer(b.Id)!.Protocols);
    }

    [Fact]
    public async Task Of_a_record_that_another_peer_signed_nothing_is_learned()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        var other = KeyPair.Generate();
        var elsewhere = Multiaddr.Parse("/ip4/198.51.100.1/tcp/1");
        await PushAsync(b, a, new IdentifyMessage { SignedRecordBytes = new PeerRecord(other.PeerId, ulong.MaxValue, [elsewhere]).Seal(other) });
        Assert.DoesNotContain(elsewhere, a.PeerStore.GetAddresses(b.Id));
        Assert.Empty(a.PeerStore.GetAddresses(other.PeerId));
    }

    [Fact]
    public async Task A_ping_may_come_in_pieces_and_only_so_many_ping_streams_are_served()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync(o => o with { Limits = new ResourceLimits { MaxConnectionsPerPeer = 1 } });
        await using var first = await a.OpenStreamAsync(b.Id, Libp2pHost.PingProtocolId, Ct);
        await first.ConfirmAsync(Ct);
        await using var stream = await a.OpenStreamAsync(b.Id, Libp2pHost.PingProtocolId, Ct);
        var sent = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        foreach (var value in sent) await stream.WriteAsync(new[] { value }, Ct);
        var received = new byte[32];
        await stream.ReadExactlyAsync(received, Ct);
        Assert.Equal(sent, received);
        await Assert.ThrowsAsync<StreamResetException>(async () =>
        {
            await using var third = await a.OpenStreamAsync(b.Id, Libp2pHost.PingProtocolId, Ct);
            await third.ReadAsync(received, Ct);
        });
    }

    [Fact]
    public async Task Pings_that_are_asked_for_at_once_share_a_stream_and_none_stays_open()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        var (open, most, opened) = (0, 0, 0);
        b.Unhandle(Libp2pHost.PingProtocolId);
        b.Handle(Libp2pHost.PingProtocolId, async (stream, ct) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref open));
            Interlocked.Increment(ref opened);
            try
            {
                var ping = new byte[32];
                while (await stream.ReadAsync(ping.AsMemory(0, 1), ct) > 0)
                {
                    await stream.ReadExactlyAsync(ping.AsMemory(1), ct);
                    await stream.WriteAsync(ping, ct);
                }
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => a.PingAsync(b.Id, Ct)));
        Assert.InRange(most, 1, 2);
        Assert.InRange(opened, 1, 49);
        // One that gives up waiting spoils nothing.
        using var impatient = new CancellationTokenSource();
        var pings = Enumerable.Range(0, 10).Select(i => a.PingAsync(b.Id, i % 2 == 1 ? impatient.Token : Ct)).ToArray();
        await impatient.CancelAsync();
        for (var i = 0; i < pings.Length; i += 2) Assert.True(await pings[i] > TimeSpan.Zero);
        await Task.WhenAll(pings).ContinueWith(_ => { }, TaskScheduler.Default);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (Volatile.Read(ref open) > 0) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
    }

    [Fact]
    public async Task An_answer_with_other_bytes_is_no_answer_and_one_ping_after_another_goes_over_the_same_stream()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await using (var stream = await a.OpenStreamAsync(b.Id, Libp2pHost.PingProtocolId, Ct))
        {
            for (byte i = 0; i < 3; i++)
            {
                var received = new byte[32];
                await stream.WriteAsync(Enumerable.Repeat(i, 32).ToArray(), Ct);
                await stream.ReadExactlyAsync(received, Ct);
                Assert.All(received, value => Assert.Equal(i, value));
            }
            await stream.CloseWriteAsync(Ct);
            Assert.Equal(0, await stream.ReadAsync(new byte[1], Ct));
        }
        b.Unhandle(Libp2pHost.PingProtocolId);
        b.Handle(Libp2pHost.PingProtocolId, async (stream, ct) => await stream.WriteAsync(new byte[32], ct));
        await Assert.ThrowsAsync<PeerProtocolException>(() => a.PingAsync(b.Id, Ct));
    }

    [Fact]
    public async Task No_connection_waits_for_a_full_packet()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        using var dialer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await dialer.ConnectAsync(listener.LocalEndPoint!, Ct);
        using var accepted = await listener.AcceptAsync(Ct);
        Assert.False(accepted.NoDelay);
        await using var channel = new TcpChannel(accepted);
        Assert.True(accepted.NoDelay);
    }

    private static async Task PushAsync(Libp2pHost from, Libp2pHost to, params IdentifyMessage[] messages)
    {
        var learned = TestHosts.NextAsync(to, from.Id, PeerEventKind.Identified);
        await using var stream = await from.OpenStreamAsync(to.Id, IdentifyMessage.PushProtocolId, Ct);
        foreach (var part in messages.SelectMany(message => message.EncodeParts())) await stream.WriteMessageAsync(part, Ct);
        await stream.CloseWriteAsync(Ct);
        await learned;
    }
}
