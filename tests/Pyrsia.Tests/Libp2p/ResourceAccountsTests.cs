using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class ResourceAccountsTests
{
    private static readonly PeerId A = KeyPair.Generate().PeerId;
    private static readonly PeerId B = KeyPair.Generate().PeerId;
    private static readonly NetworkPrefix? Here = NetworkPrefix.Of(IPAddress.Parse("26.1.2.3"), PrefixScale.Site);
    private static readonly NetworkPrefix? There = NetworkPrefix.Of(IPAddress.Parse("26.1.3.3"), PrefixScale.Site);

    [Fact]
    public void A_claim_is_granted_in_every_scope_or_in_none()
    {
        var accounts = new ResourceAccounts();
        ResourceScope all = new(ResourceKind.InboundStreams), one = new(ResourceKind.InboundStreams, A), other = new(ResourceKind.InboundStreams, B);
        var first = accounts.TryTake([new(one, 1), new(all, 2)], out _);
        Assert.NotNull(first);
        Assert.Null(accounts.TryTake([new(all, 2), new(one, 1)], out var full));
        Assert.Equal(one, full);
        Assert.Equal(1, accounts.Used(all));
        using var second = accounts.TryTake([new(other, 1), new(all, 2)], out _);
        Assert.NotNull(second);
        Assert.Null(accounts.TryTake([new(all, 2)], out full));
        Assert.Equal(all, full);
        first.Dispose();
        Assert.Equal((1L, 0L, 1L), (accounts.Used(all), accounts.Used(one), accounts.Used(other)));
    }

    [Fact]
    public void A_place_is_given_back_once_and_what_nobody_has_takes_no_memory()
    {
        var accounts = new ResourceAccounts();
        ResourceScope scope = new(ResourceKind.Handshakes);
        var place = accounts.TryTake([new(scope, 2)], out _)!;
        using var kept = accounts.TryTake([new(scope, 2)], out _)!;
        place.Dispose();
        place.Dispose();
        Assert.True(place.IsReleased);
        Assert.False(kept.IsReleased);
        Assert.Equal(1, accounts.Used(scope));
        kept.Dispose();
        Assert.True(accounts.IsEmpty);
    }

    [Fact]
    public void An_amount_is_taken_whole_or_not_and_more_than_was_taken_is_not_given_back()
    {
        var accounts = new ResourceAccounts();
        ResourceScope scope = new(ResourceKind.WindowBytes);
        Assert.True(accounts.TryTake([new(scope, 100)], 60));
        Assert.False(accounts.TryTake([new(scope, 100)], 41));
        Assert.True(accounts.TryTake([new(scope, 100)], 40));
        Assert.False(accounts.TryTake([new(scope, 100)], long.MaxValue));
        accounts.Release([scope], 99);
        Assert.Throws<InvalidOperationException>(() => accounts.Release([scope], 2));
        accounts.Release([scope], 1);
        Assert.True(accounts.IsEmpty);
    }

    [Fact]
    public async Task Takers_on_many_threads_never_hold_more_than_the_limit_and_leave_nothing()
    {
        var accounts = new ResourceAccounts();
        ResourceScope all = new(ResourceKind.InboundStreams);
        var most = 0L;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            ResourceScope own = new(ResourceKind.InboundStreams, i % 2 == 0 ? A : B);
            for (var round = 0; round < 5000; round++)
            {
                using var place = accounts.TryTake([new(own, 2), new(all, 3)], out _);
                if (place is not null) InterlockedMax(ref most, accounts.Used(all));
            }
        })));
        Assert.InRange(most, 1, 3);
        Assert.True(accounts.IsEmpty);
    }

    [Fact]
    public void Handshakes_of_one_network_are_limited_and_those_of_private_ranges_only_in_sum()
    {
        var resources = new HostResources(new ResourceLimits { MaxHandshakes = 6, MaxHandshakesPerPrefix = 2 });
        Assert.NotNull(resources.TryHandshake(Here));
        Assert.NotNull(resources.TryHandshake(Here));
        Assert.Null(resources.TryHandshake(Here));
        Assert.NotNull(resources.TryHandshake(There));
        for (var i = 0; i < 3; i++) Assert.NotNull(resources.TryHandshake(null));
        Assert.Null(resources.TryHandshake(null));
        Assert.Equal(6, resources.Used(ResourceKind.Handshakes));
        Assert.Equal(2, resources.Refusals(ResourceKind.Handshakes));
    }

    [Fact]
    public void Streams_are_limited_for_the_host_the_peer_the_protocol_and_the_peer_in_it()
    {
        var resources = new HostResources(new ResourceLimits { MaxInboundStreams = 3, MaxInboundStreamsPerPeer = 2 });
        for (var i = 0; i < 2; i++) Assert.NotNull(resources.TryStream(A));
        Assert.Null(resources.TryStream(A));
        Assert.NotNull(resources.TryStream(B));
        Assert.Null(resources.TryStream(B));
        var limits = new ProtocolLimits { MaxStreams = 3, MaxStreamsPerPeer = 2 };
        for (var i = 0; i < 2; i++) Assert.NotNull(resources.TryProtocol(A, "/x", limits));
        Assert.Null(resources.TryProtocol(A, "/x", limits));
        Assert.NotNull(resources.TryProtocol(A, "/y", limits));
        Assert.NotNull(resources.TryProtocol(B, "/x", limits));
        Assert.Null(resources.TryProtocol(B, "/x", limits));
        Assert.Equal(3, resources.Served("/x"));
        Assert.Equal((2L, 2L), (resources.Refusals(ResourceKind.InboundStreams), resources.Refusals(ResourceKind.ProtocolStreams)));
    }

    [Fact]
    public void Windows_of_all_sessions_grow_from_one_budget_and_stay_as_they_are_when_it_is_spent()
    {
        var resources = new HostResources(new ResourceLimits { MaxWindowGrowth = YamuxOptions.InitialWindow });
        var options = new YamuxOptions { Budget = resources };
        YamuxSession one = new(dialer: false, options), other = new(dialer: false, options);
        var grown = Drive(one);
        var kept = Drive(other);
        Assert.Equal(2 * YamuxOptions.InitialWindow, grown.WindowTarget);
        Assert.Equal(YamuxOptions.InitialWindow, kept.WindowTarget);
        Assert.Equal(YamuxOptions.InitialWindow, resources.Used(ResourceKind.WindowBytes));
        Assert.True(resources.Refusals(ResourceKind.WindowBytes) > 0);

        one.End();
        Assert.Equal(0, resources.Used(ResourceKind.WindowBytes));
        Consume(one, grown, 100);
        Assert.Equal(0, resources.Used(ResourceKind.WindowBytes));
        one.Reset(grown);

        Consume(other, kept, 200);
        Assert.Equal(2 * YamuxOptions.InitialWindow, kept.WindowTarget);
        other.Reset(kept);
        Assert.True(resources.Accounts.IsEmpty);

        static YamuxStreamState Drive(YamuxSession session)
        {
            var stream = session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0)).Stream!;
            Consume(session, stream, 0);
            return stream;
        }

        static void Consume(YamuxSession session, YamuxStreamState stream, int from)
        {
            for (var i = from; i < from + 5; i++)
            {
                session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, stream.Id, (uint)stream.ReceiveWindow));
                session.Consumed(stream, (int)(stream.WindowTarget - stream.Unreported), TimeSpan.FromMilliseconds(i), TimeSpan.Zero);
            }
        }
    }

    [Fact]
    public void A_window_grows_only_while_the_protocol_of_its_stream_has_memory_and_those_of_other_protocols_go_on()
    {
        var resources = new HostResources(new ResourceLimits());
        var session = new YamuxSession(dialer: false, new YamuxOptions { Budget = resources });
        var limits = new ProtocolLimits { MaxBytes = ProtocolLimits.StreamBytes + YamuxOptions.InitialWindow, MaxBytesPerPeer = ProtocolLimits.StreamBytes + YamuxOptions.InitialWindow };
        var (greedy, other) = (resources.TryMemory(A, "/greedy", limits)!, resources.TryMemory(A, "/other", new ProtocolLimits())!);
        var (bounded, free) = (Open(1, greedy), Open(3, other));
        for (var i = 0; i < 5; i++)
        {
            Fill(bounded, i);
            Fill(free, i);
        }
        Assert.Equal(2 * YamuxOptions.InitialWindow, bounded.WindowTarget);
        Assert.True(free.WindowTarget >= 8 * YamuxOptions.InitialWindow);
        Assert.Equal(limits.MaxBytes, resources.Held("/greedy"));
        Assert.True(resources.Refusals(ResourceKind.ProtocolBytes) > 0);
        Assert.Equal(0, resources.Refusals(ResourceKind.WindowBytes));
        // The handler is done, and then the stream.
        greedy.Dispose();
        Assert.Equal(YamuxOptions.InitialWindow, resources.Held("/greedy"));
        session.Reset(bounded);
        Assert.Equal(0, resources.Held("/greedy"));
        // And the other way about.
        session.Reset(free);
        other.Dispose();
        other.Dispose();
        Assert.True(resources.Accounts.IsEmpty);

        YamuxStreamState Open(uint id, ProtocolMemory memory)
        {
            var stream = session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, id, 0)).Stream!;
            YamuxSession.GrowFrom(stream, memory);
            return stream;
        }

        void Fill(YamuxStreamState stream, int at)
        {
            session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, stream.Id, (uint)stream.ReceiveWindow));
            session.Consumed(stream, (int)(stream.WindowTarget - stream.Unreported), TimeSpan.FromMilliseconds(at), TimeSpan.Zero);
        }
    }

    [Fact]
    public void What_the_host_refuses_a_window_is_not_taken_of_its_protocol()
    {
        var resources = new HostResources(new ResourceLimits { MaxWindowGrowth = 0 });
        var session = new YamuxSession(dialer: false, new YamuxOptions { Budget = resources });
        var stream = session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0)).Stream!;
        YamuxSession.GrowFrom(stream, resources.TryMemory(A, "/x", new ProtocolLimits())!);
        session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, (uint)stream.ReceiveWindow));
        session.Consumed(stream, YamuxOptions.InitialWindow, TimeSpan.Zero, TimeSpan.Zero);
        Assert.Equal(ProtocolLimits.StreamBytes, resources.Held("/x"));
    }

    [Fact]
    public void The_memory_of_a_protocol_is_enough_for_its_streams_and_no_less_than_one_is_allowed()
    {
        Assert.Equal((1024 * ProtocolLimits.StreamBytes) + (128L << 20), new ProtocolLimits().Bytes);
        Assert.Equal((64 * ProtocolLimits.StreamBytes) + (32L << 20), new ProtocolLimits().BytesPerPeer);
        new ProtocolLimits { MaxStreams = int.MaxValue, MaxStreamsPerPeer = int.MaxValue }.Validate();
        new ProtocolLimits { MaxBytes = ProtocolLimits.StreamBytes, MaxBytesPerPeer = ProtocolLimits.StreamBytes }.Validate();
        Assert.Throws<ArgumentOutOfRangeException>(new ProtocolLimits { MaxBytes = ProtocolLimits.StreamBytes - 1 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(new ProtocolLimits { MaxBytesPerPeer = 0 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(new ProtocolLimits { MaxStreams = 0 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(new ProtocolLimits { MaxStreamsPerPeer = 0 }.Validate);
    }

    [Fact]
    public void Windows_of_one_peer_grow_from_a_share_over_all_its_connections_and_those_of_another_go_on()
    {
        var resources = new HostResources(new ResourceLimits { MaxWindowGrowthPerPeer = 100, MaxWindowGrowth = 150 });
        var (one, again, other) = (resources.Of(A), resources.Of(A), resources.Of(B));
        Assert.True(one.TryGrow(60));
        Assert.False(again.TryGrow(41));
        Assert.True(again.TryGrow(40));
        Assert.False(other.TryGrow(51));
        Assert.True(other.TryGrow(50));
        Assert.Equal((150L, 2L), (resources.Used(ResourceKind.WindowBytes), resources.Refusals(ResourceKind.WindowBytes)));
        again.Shrink(40);
        Assert.True(other.TryGrow(40));
        one.Shrink(60);
        other.Shrink(90);
        Assert.True(resources.Accounts.IsEmpty);
    }

    [Fact]
    public void Limits_that_let_nothing_through_are_refused()
    {
        new ResourceLimits().Validate();
        Assert.Throws<ArgumentOutOfRangeException>(new ResourceLimits { MaxHandshakesPerPrefix = 0 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(new ResourceLimits { MaxStreamWindow = 1000 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(new ResourceLimits { MaxWindowGrowth = -1 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(new ResourceLimits { MaxWindowGrowthPerPeer = -1 }.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Limits = new ResourceLimits { MaxConnections = 0 } }));
    }

    private static void InterlockedMax(ref long most, long now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
            if (Interlocked.CompareExchange(ref most, now, seen) == seen) return;
    }
}
