using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Raw connections in memory, on a clock that the test moves.</summary>
public sealed class MemoryChannelTests
{
    /// <summary>No whole number of milliseconds: every tick counts.</summary>
    private static readonly TimeSpan Latency = TimeSpan.FromTicks(123_457);

    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly SteppingTime _time = new();
    private readonly MemoryNetwork _network;
    private readonly byte[] _buffer = new byte[1000];

    public MemoryChannelTests() => _network = new MemoryNetwork(_time) { Latency = Latency };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sent_arrives_after_the_latency_of_the_link_to_the_tick()
    {
        var (a, b) = MemoryPair.Open(_network);
        await a.SendAsync(new byte[3], Ct);
        var reading = b.ReceiveAsync(_buffer, Ct).AsTask();
        await _time.TimerAsync(Latency);
        _time.Advance(Latency - Tick);
        Assert.False(reading.IsCompleted);
        _time.Advance(Tick);
        Assert.Equal(3, await reading.WaitAsync(TimeSpan.FromSeconds(30), Ct));
    }

    [Fact]
    public async Task A_dial_takes_a_round_trip_and_is_refused_after_one_where_nobody_listens()
    {
        using var listener = _network.Listen(7);
        var dial = _network.ConnectAsync(null, 7, Ct);
        var refused = _network.ConnectAsync(3, 8, Ct);
        foreach (var way in (string[])["there", "back"])
        {
            Assert.False(dial.IsCompleted || refused.IsCompleted, way);
            await _time.StandAsync(2, Latency);
            _time.Advance(Latency);
        }
        await using var dialed = await dial.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        Assert.Equal("/memory/7", dialed.RemoteAddress.ToString());
        Assert.True(listener.Accepted.TryRead(out var accepted));
        Assert.Equal(dialed.LocalAddress, accepted.RemoteAddress);
        var e = await Assert.ThrowsAsync<SocketException>(() => refused.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        await accepted.DisposeAsync();
    }

    [Fact]
    public async Task A_dial_that_is_given_up_leaves_nothing()
    {
        using var listener = _network.Listen(7);
        using var gone = new CancellationTokenSource();
        var dial = _network.ConnectAsync(null, 7, gone.Token);
        await _time.StandAsync(1, Latency);
        _time.Advance(Latency);
        await _time.StandAsync(1, Latency);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial);
        Assert.True(listener.Accepted.TryRead(out var accepted));
        accepted.Abort();
        Assert.Equal(0, _network.Connections);
    }

    [Fact]
    public async Task Two_listeners_have_no_number_together_and_who_asks_for_none_gets_a_free_one()
    {
        using var first = _network.Listen(7);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => _network.Listen(7)).SocketErrorCode);
        using var any = _network.Listen(0);
        using var other = _network.Listen(0);
        Assert.Equal(3, new HashSet<ulong> { first.Number, any.Number, other.Number }.Count);
        first.Dispose();
        using var again = _network.Listen(7);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_sender_waits_while_what_it_sent_is_not_read()
    {
        var (a, b) = MemoryPair.Open();
        await a.SendAsync(new byte[MemoryFlow.Capacity], Ct);
        var beyond = a.SendAsync(new byte[10], Ct).AsTask();
        Assert.False(beyond.IsCompleted);
        Assert.Equal(4, await b.ReceiveAsync(_buffer.AsMemory(0, 4), Ct));
        Assert.False(beyond.IsCompleted);
        Assert.Equal(1000, await b.ReceiveAsync(_buffer, Ct));
        await beyond.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    [Fact]
    public async Task One_direction_ends_and_the_other_goes_on()
    {
        var (a, b) = MemoryPair.Open();
        await a.SendAsync("question"u8.ToArray(), Ct);
        Assert.True(a.TryEndSending());
        Assert.Equal(8, await b.ReceiveAsync(_buffer, Ct));
        Assert.Equal(0, await b.ReceiveAsync(_buffer, Ct));
        await b.SendAsync("answer"u8.ToArray(), Ct);
        Assert.Equal(6, await a.ReceiveAsync(_buffer, Ct));
        await Assert.ThrowsAsync<ConnectionClosedException>(async () => await a.SendAsync(new byte[1], Ct));
        await a.DisposeAsync();
        // The first that is sent to nobody is lost without a word.
        await b.SendAsync(new byte[1], Ct);
        await Assert.ThrowsAsync<ConnectionClosedException>(async () => await b.SendAsync(new byte[1], Ct));
        Assert.Equal(0, await b.ReceiveAsync(_buffer, Ct));
        await b.DisposeAsync();
    }

    [Fact]
    public async Task Who_waits_at_either_end_hears_that_the_other_has_closed()
    {
        var network = new MemoryNetwork(TimeProvider.System);
        var (a, b) = MemoryPair.Open(network);
        await a.SendAsync(new byte[MemoryFlow.Capacity], Ct);
        var writing = a.SendAsync(new byte[1], Ct).AsTask();
        var reading = a.ReceiveAsync(_buffer, Ct).AsTask();
        b.Abort();
        Assert.Equal(0, await reading.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => writing);
        await Assert.ThrowsAsync<ConnectionClosedException>(async () => await b.ReceiveAsync(_buffer, Ct));
        a.Abort();
        Assert.Equal(0, network.Connections);
    }

    [Fact]
    public async Task A_link_that_is_silent_loses_nothing_and_a_cut_everything()
    {
        var (a, b) = MemoryPair.Open(_network);
        var link = _network.Link(2, 1);
        await a.SendAsync("under way"u8.ToArray(), Ct);
        link.IsSilent = true;
        await a.SendAsync(", later"u8.ToArray(), Ct);
        var reading = b.ReceiveAsync(_buffer, Ct).AsTask();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(reading.IsCompleted);
        link.IsSilent = false;
        await _time.TimerAsync(Latency);
        _time.Advance(Latency);
        Assert.Equal("under way, later".Length, await reading.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        await a.SendAsync("lost"u8.ToArray(), Ct);
        reading = b.ReceiveAsync(_buffer, Ct).AsTask();
        link.Cut();
        await Assert.ThrowsAsync<ConnectionClosedException>(() => reading);
        await Assert.ThrowsAsync<ConnectionClosedException>(async () => await a.SendAsync(new byte[1], Ct));
    }

    [Fact]
    public async Task A_read_that_is_given_up_takes_nothing()
    {
        var (a, b) = MemoryPair.Open();
        using var gone = new CancellationTokenSource();
        var reading = b.ReceiveAsync(_buffer, gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await a.SendAsync(new byte[5], Ct);
        Assert.Equal(5, await b.ReceiveAsync(_buffer, Ct));
    }

    [Fact]
    public async Task On_the_clock_of_the_machine_too_nothing_comes_early()
    {
        var network = new MemoryNetwork(TimeProvider.System) { Latency = Latency };
        var (a, b) = MemoryPair.Open(network);
        var began = TimeProvider.System.GetTimestamp();
        await a.SendAsync(new byte[1], Ct);
        await b.ReceiveAsync(_buffer, Ct);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= Latency);
    }

    [Fact]
    public void A_latency_is_not_negative()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryNetwork(_time) { Latency = -Tick });
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.Link(1, 2).Latency = -Tick);
        Assert.Equal(Latency, _network.Link(1, 2).Latency);
    }
}
