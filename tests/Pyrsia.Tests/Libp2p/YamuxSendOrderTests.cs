using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>What leaves a connection, and in which order, over a channel that the test holds up.</summary>
public sealed class YamuxSendOrderTests
{
    private const int Streams = 8;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ping_leaves_before_all_bulk_that_waits()
    {
        var channel = new HeldChannel();
        var connection = channel.Connect();
        for (var i = 0; i < Streams; i++)
        {
            var stream = await connection.OpenAsync(Ct);
            await stream.WriteAsync(new byte[200_000], Ct);
        }
        // The first batch is under way; behind it everything waits.
        await channel.FlushingAsync(Ct);
        var answer = connection.PingAsync(Ct);
        channel.LetPass();
        await channel.FlushingAsync(Ct);
        Assert.True(channel.Batches[0].Length <= 256 * 1024, "one batch in front is all that a ping waits for");
        var frames = HeldChannel.Frames(channel.Batches[1]).ToArray();
        Assert.Contains(frames.TakeWhile(frame => frame.Type != YamuxType.Data), frame => frame.Type == YamuxType.Ping);
        Assert.Contains(frames, frame => frame.Type == YamuxType.Data);
        Assert.False(answer.IsCompleted);
        connection.Abort(new ConnectionClosedException("end of test"));
        channel.LetPass();
        await Assert.ThrowsAsync<ConnectionClosedException>(() => answer.WaitAsync(TimeSpan.FromSeconds(30), Ct));
    }

    [Fact]
    public async Task The_end_of_a_stream_leaves_behind_all_of_its_data_and_when_the_peer_has_taken_it()
    {
        var channel = new HeldChannel();
        var connection = channel.Connect();
        var stream = await connection.OpenAsync(Ct);
        await stream.WriteAsync(new byte[200_000], Ct);
        stream.CompleteOutput();
        for (var passed = 0; channel.Batches.Take(passed).SelectMany(HeldChannel.Frames).Where(frame => frame.Type == YamuxType.Data).Sum(frame => frame.Length) < 200_000; passed++)
        {
            await channel.FlushingAsync(Ct);
            channel.LetPass();
        }
        var answer = connection.PingAsync(Ct);
        await channel.FlushingAsync(Ct);
        Assert.DoesNotContain(channel.Batches.SelectMany(HeldChannel.Frames), frame => frame.Flags.HasFlag(YamuxFlags.Fin));
        channel.LetPass();
        channel.Arrive(HeldChannel.Taken(1));
        await channel.FlushingAsync(Ct);
        Assert.Equal(YamuxFlags.Fin, Assert.Single(HeldChannel.Frames(channel.Batches[^1])).Flags);
        channel.LetPass();
        await stream.CloseWriteAsync(Ct);
        connection.Abort(new ConnectionClosedException("end of test"));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => answer.WaitAsync(TimeSpan.FromSeconds(30), Ct));
    }

    [Fact]
    public async Task A_side_that_leaves_waits_for_nobody_to_take_a_stream_and_tells_of_it_before_its_go_away()
    {
        var channel = new HeldChannel();
        var connection = channel.Connect();
        var ended = await connection.OpenAsync(Ct);
        var begun = await connection.OpenAsync(Ct);
        // A first batch is under way, and what the other stream says waits behind it.
        await ended.WriteAsync(new byte[] { 1 }, Ct);
        ended.CompleteOutput();
        await channel.FlushingAsync(Ct);
        await begun.WriteAsync(new byte[] { 2 }, Ct);
        var closing = connection.CloseAsync();
        for (var i = 0; i < Streams; i++) channel.LetPass();
        await closing;
        var frames = channel.Batches.SelectMany(HeldChannel.Frames).ToList();
        Assert.True(frames.FindIndex(frame => frame.StreamId == 3 && frame.Flags == YamuxFlags.Syn) < frames.FindIndex(frame => frame.Type == YamuxType.GoAway));
        Assert.Contains(frames, frame => frame.StreamId == 1 && frame.Flags.HasFlag(YamuxFlags.Fin));
        Assert.Contains(frames, frame => frame.StreamId == 3 && frame.Type == YamuxType.Data);
    }
}
