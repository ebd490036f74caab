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
        var connection = new YamuxConnection(channel, dialer: true, new YamuxOptions(), TimeProvider.System);
        connection.Start();
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
        var frames = Frames(channel.Batches[1]).ToArray();
        Assert.Contains(frames.TakeWhile(frame => frame.Type != YamuxType.Data), frame => frame.Type == YamuxType.Ping);
        Assert.Contains(frames, frame => frame.Type == YamuxType.Data);
        Assert.False(answer.IsCompleted);
        connection.Abort(new ConnectionClosedException("end of test"));
        channel.LetPass();
        await Assert.ThrowsAsync<ConnectionClosedException>(() => answer.WaitAsync(TimeSpan.FromSeconds(30), Ct));
    }

    [Fact]
    public async Task The_end_of_a_stream_leaves_behind_all_of_its_data()
    {
        var channel = new HeldChannel();
        var connection = new YamuxConnection(channel, dialer: true, new YamuxOptions(), TimeProvider.System);
        connection.Start();
        var stream = await connection.OpenAsync(Ct);
        await stream.WriteAsync(new byte[200_000], Ct);
        stream.CompleteOutput();
        while (!channel.Batches.SelectMany(Frames).Any(frame => frame.Flags.HasFlag(YamuxFlags.Fin)))
        {
            await channel.FlushingAsync(Ct);
            channel.LetPass();
        }
        var frames = channel.Batches.SelectMany(Frames).ToArray();
        Assert.Equal(200_000, frames.Where(frame => frame.Type == YamuxType.Data).Sum(frame => frame.Length));
        Assert.True(frames[^1].Flags.HasFlag(YamuxFlags.Fin));
        connection.Abort(new ConnectionClosedException("end of test"));
    }

    private static IEnumerable<YamuxHeader> Frames(byte[] batch)
    {
        for (var at = 0; at < batch.Length;)
        {
            Assert.True(YamuxHeader.TryRead(batch.AsSpan(at), out var header));
            at += YamuxHeader.Size + (header.Type == YamuxType.Data ? (int)header.Length : 0);
            yield return header;
        }
    }
}
