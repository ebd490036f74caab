using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Streams on which the protocol is proposed together with the first bytes.</summary>
public sealed class ProposalTests
{
    private const string Protocol = "/x";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Transports => TransportTests.Transports;

    [Fact]
    public async Task The_proposal_and_what_is_written_first_leave_in_one_frame_which_opens_the_stream()
    {
        var (channel, _, stream) = await OpenAsync();
        Assert.Empty(channel.Batches);
        await stream.WriteAsync(new byte[] { 1, 2, 3 }, Ct);
        await channel.FlushingAsync(Ct);
        var frame = Assert.Single(HeldChannel.Frames(channel.Batches[0]));
        Assert.Equal((YamuxType.Data, YamuxFlags.Syn), (frame.Type, frame.Flags));
        Assert.Equal([.. MultistreamSelect.Opening(Protocol), 1, 2, 3], channel.Batches[0][YamuxHeader.Size..]);
    }

    [Fact]
    public async Task A_stream_that_is_only_read_proposes_at_once_and_once()
    {
        var (channel, _, stream) = await OpenAsync();
        using var impatient = new CancellationTokenSource();
        var reading = stream.ReadAsync(new byte[1], impatient.Token).AsTask();
        await channel.FlushingAsync(Ct);
        Assert.Equal(MultistreamSelect.Opening(Protocol), channel.Batches[0][YamuxHeader.Size..]);
        channel.LetPass();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        // The stream is as it was.
        await stream.WriteAsync(new byte[] { 7 }, Ct);
        await channel.FlushingAsync(Ct);
        Assert.Equal(YamuxFlags.None, Assert.Single(HeldChannel.Frames(channel.Batches[1])).Flags);
        Assert.Equal([7], channel.Batches[1][YamuxHeader.Size..]);
        channel.LetPass();
        byte[] answer = [.. MultistreamSelect.Opening(Protocol), 9];
        var first = stream.ReadAsync(new byte[1], Ct).AsTask();
        channel.Arrive(Data(answer[..25]));
        channel.Arrive(Data(answer[25..]));
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task A_stream_that_is_closed_without_a_byte_proposes_all_the_same()
    {
        var (channel, _, stream) = await OpenAsync();
        var closing = stream.CloseWriteAsync(Ct).AsTask();
        await channel.FlushingAsync(Ct);
        Assert.Equal(MultistreamSelect.Opening(Protocol), channel.Batches[0][YamuxHeader.Size..]);
        channel.LetPass();
        channel.Arrive(HeldChannel.Taken(1));
        await channel.FlushingAsync(Ct);
        Assert.Equal(YamuxFlags.Fin, Assert.Single(HeldChannel.Frames(channel.Batches[1])).Flags);
        channel.LetPass();
        await closing;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_is_reset_tells_the_peer_when_the_peer_knows_of_it(bool written)
    {
        var (channel, connection, stream) = await OpenAsync();
        if (written)
        {
            await stream.WriteAsync(new byte[] { 1 }, Ct);
            await channel.FlushingAsync(Ct);
            channel.LetPass();
        }
        stream.Reset();
        await Assert.ThrowsAsync<StreamResetException>(async () => await stream.WriteAsync(new byte[1], Ct));
        await Assert.ThrowsAsync<StreamResetException>(async () => await stream.ReadAsync(new byte[1], Ct));
        connection.TryPing();
        while (!channel.Batches.SelectMany(HeldChannel.Frames).Any(frame => frame.Type == YamuxType.Ping))
        {
            await channel.FlushingAsync(Ct);
            channel.LetPass();
        }
        var frames = channel.Batches.SelectMany(HeldChannel.Frames).Where(frame => frame.StreamId == 1).Select(frame => frame.Flags);
        Assert.Equal(written ? [YamuxFlags.Syn, YamuxFlags.Rst] : [], frames);
        Assert.Equal(0, connection.StreamCount);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_a_proposal_in_time_fails_the_stream_for_good()
    {
        var (_, _, stream) = await OpenAsync(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAsync<TimeoutException>(async () => await stream.ReadAsync(new byte[1], Ct));
        await Assert.ThrowsAsync<TimeoutException>(async () => await stream.ReadAsync(new byte[1], Ct));
        await Assert.ThrowsAsync<TimeoutException>(async () => await stream.WriteAsync(new byte[1], Ct));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_refusal_fails_the_first_read_and_all_that_is_read_and_written_behind_it(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await TransportTests.ConnectedAsync(hosts, transport);
        await using var stream = await a.OpenStreamAsync(b.Id, "/nobody/serves/this", Ct);
        await stream.WriteAsync(new byte[1000], Ct);
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<ProtocolNotSupportedException>(async () => await stream.ReadAsync(new byte[1], Ct));
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(async () => await stream.WriteAsync(new byte[1], Ct));
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(async () => await stream.WriteMessageAsync(new byte[1], Ct));
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(async () => await stream.ConfirmAsync(Ct));
        await Echo.SendAsync(a, b.Id, 1000, 1000, Ct);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task First_read_and_first_write_may_come_at_once(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await TransportTests.ConnectedAsync(hosts, transport);
        for (var round = 0; round < 100; round++)
        {
            await using var stream = await a.OpenStreamAsync(b.Id, Echo.Protocol, Ct);
            using var together = new Barrier(2);
            var (sent, received) = (new[] { (byte)round }, new byte[1]);
            await Task.WhenAll(
                Task.Run(async () => { together.SignalAndWait(Ct); await stream.WriteAsync(sent, Ct); }, Ct),
                Task.Run(async () => { together.SignalAndWait(Ct); await stream.ReadExactlyAsync(received, Ct); }, Ct)).WaitAsync(Patience, Ct);
            Assert.Equal(sent, received);
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_handler_that_waits_before_it_speaks_holds_up_no_answer(string transport)
    {
        await using var hosts = new TestHosts();
        var (a, b) = await TransportTests.ConnectedAsync(hosts, transport);
        var speak = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        b.Handle(Protocol, async (stream, ct) =>
        {
            await speak.Task.WaitAsync(ct);
            await stream.WriteAsync(new byte[] { 5 }, ct);
        });
        await using var stream = await a.OpenStreamAsync(b.Id, Protocol, Ct);
        await stream.ConfirmAsync(Ct).AsTask().WaitAsync(Patience, Ct);
        await stream.ConfirmAsync(Ct);
        speak.SetResult();
        var received = new byte[1];
        await stream.ReadExactlyAsync(received, Ct);
        Assert.Equal(5, received[0]);
    }

    [Fact]
    public async Task Streams_that_have_not_spoken_leave_room_for_others_to_be_opened()
    {
        const int Streams = YamuxOptions.MaxUnacknowledged + 44;
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        b.Handle(Protocol, async (stream, ct) =>
        {
            var one = new byte[1];
            await stream.ReadExactlyAsync(one, ct);
            await stream.WriteAsync(one, ct);
        }, new ProtocolLimits { MaxStreamsPerPeer = Streams });
        var streams = new List<Libp2pStream>();
        for (var i = 0; i < Streams; i++) streams.Add(await a.OpenStreamAsync(b.Id, Protocol, Ct).WaitAsync(Patience, Ct));
        for (var i = 0; i < Streams; i++)
        {
            var received = new byte[1];
            await streams[i].WriteAsync(new[] { (byte)(i % 256) }, Ct);
            await streams[i].ReadExactlyAsync(received, Ct);
            Assert.Equal(i % 256, received[0]);
            await streams[i].DisposeAsync();
        }
    }

    private static byte[] Data(byte[] payload)
    {
        var frame = new byte[YamuxHeader.Size];
        new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, (uint)payload.Length).Write(frame);
        return [.. frame, .. payload];
    }

    private static async Task<(HeldChannel Channel, YamuxConnection Connection, Libp2pStream Stream)> OpenAsync(TimeSpan? patience = null)
    {
        var channel = new HeldChannel();
        var connection = channel.Connect();
        var stream = await connection.OpenAsync(Ct);
        var proposal = new Proposal(stream, Protocol, patience ?? Patience, TimeProvider.System);
        proposal.Hold();
        return (channel, connection, new Libp2pStream(stream, KeyPair.Generate().PeerId, channel.RemoteAddress, Protocol, proposal, null));
    }
}
