using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class MemoryFlowTests
{
    private readonly MemoryFlow _flow = new();

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private string? Take(int now, int length = 100)
    {
        var into = new byte[length];
        return _flow.TryTake(Ms(now), into, out var count) ? System.Text.Encoding.ASCII.GetString(into, 0, count) : null;
    }

    [Fact]
    public void Bytes_are_there_at_their_time_and_not_before()
    {
        _flow.Send("ab"u8, Ms(10));
        Assert.Equal(Ms(10), _flow.NextArrival);
        Assert.Null(Take(9));
        Assert.Equal("ab", Take(10));
        Assert.Null(Take(11));
    }

    [Fact]
    public void What_arrived_together_is_taken_together_and_in_parts()
    {
        _flow.Send("ab"u8, Ms(1));
        _flow.Send("cde"u8, Ms(2));
        _flow.Send("f"u8, Ms(9));
        Assert.Equal("abc", Take(2, length: 3));
        Assert.Equal("de", Take(2));
        Assert.Null(Take(2));
    }

    [Fact]
    public void Nothing_overtakes_what_left_before_it()
    {
        _flow.Send("slow"u8, Ms(100));
        _flow.Send("fast"u8, Ms(5));
        Assert.Null(Take(99));
        Assert.Equal("slowfast", Take(100));
    }

    [Fact]
    public void The_end_comes_behind_the_bytes_and_stays()
    {
        _flow.Send("a"u8, Ms(1));
        _flow.Send(MemoryMark.End, Ms(2));
        Assert.Equal("a", Take(5));
        Assert.Equal("", Take(5));
        Assert.Equal("", Take(5));
        Assert.Null(_flow.GoneArrival);
        _flow.Send(MemoryMark.Gone, Ms(7));
        Assert.Equal(Ms(7), _flow.GoneArrival);
        Assert.Equal("", Take(5));
    }

    [Fact]
    public void What_is_held_up_comes_when_it_is_released_and_what_had_arrived_is_there()
    {
        _flow.Send("a"u8, Ms(1));
        _flow.Send("b"u8, Ms(10));
        _flow.HoldUp(Ms(5));
        _flow.Send("c"u8, MemoryFlow.Never);
        Assert.Equal("a", Take(1000));
        Assert.Null(Take(1000));
        _flow.Release(Ms(2000));
        Assert.Null(Take(1999));
        Assert.Equal("bc", Take(2000));
    }

    [Fact]
    public void Room_is_what_is_not_under_way_and_not_unread()
    {
        _flow.Send(new byte[MemoryFlow.Capacity - 1], Ms(1));
        Assert.Equal(1, _flow.Room);
        Assert.Throws<ArgumentOutOfRangeException>(() => _flow.Send(new byte[2], Ms(1)));
        Take(1, length: 10);
        Assert.Equal(11, _flow.Room);
        _flow.Clear();
        Assert.Equal(MemoryFlow.Capacity, _flow.Room);
    }
}
