using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class YamuxSessionTests
{
    private static YamuxSession Listener(YamuxOptions? options = null) => new(dialer: false, options ?? new YamuxOptions());

    private static YamuxHeader Syn(uint id, uint length = 0, YamuxType type = YamuxType.WindowUpdate) => new(type, YamuxFlags.Syn, id, length);

    private static List<YamuxHeader> Drain(YamuxSession session)
    {
        var sent = new List<YamuxHeader>();
        while (session.TryTakeControl(out var header)) sent.Add(header);
        return sent;
    }

    [Fact]
    public void A_dialer_numbers_its_streams_odd_and_a_listener_even()
    {
        Assert.Equal(1u, new YamuxSession(true, new YamuxOptions()).TryOpen()!.Id);
        Assert.Equal(2u, Listener().TryOpen()!.Id);
    }

    [Fact]
    public void A_stream_number_of_the_wrong_side_ends_the_session()
    {
        Assert.Equal(YamuxInputKind.Violation, Listener().Receive(Syn(2)).Kind);
    }

    [Fact]
    public void A_stream_that_is_opened_twice_ends_the_session()
    {
        var session = Listener();
        Assert.True(session.Receive(Syn(1)).Opened);
        Assert.Equal(YamuxInputKind.Violation, session.Receive(Syn(1)).Kind);
        Assert.Contains(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, (uint)YamuxGoAway.ProtocolError), Drain(session));
    }

    [Fact]
    public void Data_may_come_with_the_opening_and_before_its_acknowledgement()
    {
        var session = Listener();
        var first = session.Receive(Syn(1, 100, YamuxType.Data));
        Assert.Equal((YamuxInputKind.Data, true, 100u), (first.Kind, first.Opened, first.Value));
        Assert.Equal(YamuxInputKind.Data, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 50)).Kind);
        Assert.Equal(YamuxOptions.InitialWindow - 150, first.Stream!.ReceiveWindow);
    }

    [Fact]
    public void A_window_delta_may_come_with_the_opening()
    {
        var stream = Listener().Receive(Syn(1, 1000)).Stream!;
        Assert.Equal(YamuxOptions.InitialWindow + 1000, stream.SendWindow);
    }

    [Fact]
    public void One_byte_over_the_window_ends_the_session()
    {
        var session = Listener();
        session.Receive(Syn(1));
        Assert.Equal(YamuxInputKind.Data, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, YamuxOptions.InitialWindow)).Kind);
        Assert.Equal(YamuxInputKind.Violation, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 1)).Kind);
    }

    [Fact]
    public void A_window_that_overflows_ends_the_session()
    {
        var session = Listener();
        session.Receive(Syn(1));
        Assert.Equal(YamuxInputKind.Violation, session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 1, uint.MaxValue)).Kind);
    }

    [Fact]
    public void A_window_delta_above_two_gibibytes_is_a_large_number_and_no_negative_one()
    {
        var session = Listener();
        var stream = session.Receive(Syn(1)).Stream!;
        Assert.Equal(YamuxInputKind.Window, session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 1, 0x8000_0000)).Kind);
        Assert.Equal(YamuxOptions.InitialWindow + 0x8000_0000L, stream.SendWindow);
    }

    [Fact]
    public void No_frame_is_longer_than_others_read_at_once() => Assert.InRange(YamuxSession.SendCredit(Listener().Receive(Syn(1, 1 << 30)).Stream!), 1, 64 * 1024);

    [Fact]
    public void A_window_grows_to_16_MiB_and_no_further()
    {
        var session = Listener(new YamuxOptions { MaxWindowGrowth = long.MaxValue });
        var stream = session.Receive(Syn(1)).Stream!;
        for (var i = 0; i < 20; i++)
        {
            session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, (uint)stream.ReceiveWindow));
            session.Consumed(stream, (int)(stream.WindowTarget - stream.Unreported), TimeSpan.Zero, TimeSpan.Zero);
        }
        Assert.Equal(16 * 1024 * 1024, stream.WindowTarget);
    }

    [Fact]
    public void The_257th_opening_waits_for_an_acknowledgement()
    {
        var session = new YamuxSession(true, new YamuxOptions());
        for (var i = 0; i < YamuxOptions.MaxUnacknowledged; i++) Assert.NotNull(session.TryOpen());
        Assert.Null(session.TryOpen());
        Assert.True(session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Ack, 1, 0)).Acknowledged);
        Assert.NotNull(session.TryOpen());
    }

    [Fact]
    public void The_257th_unacknowledged_opening_of_a_peer_is_reset()
    {
        var session = Listener();
        for (var i = 0u; i < YamuxOptions.MaxUnacknowledged; i++) Assert.True(session.Receive(Syn(1 + 2 * i)).Opened);
        Drain(session);
        Assert.Equal(YamuxInputKind.None, session.Receive(Syn(9999)).Kind);
        Assert.Equal([new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, 9999, 0)], Drain(session));
    }

    [Fact]
    public void An_opening_beyond_the_stream_limit_is_reset_and_its_data_drained()
    {
        var session = Listener(new YamuxOptions { MaxInboundStreams = 1 });
        session.Acknowledge(session.Receive(Syn(1)).Stream!);
        var refused = session.Receive(Syn(3, 10, YamuxType.Data));
        Assert.Equal((YamuxInputKind.Discard, 10u), (refused.Kind, refused.Value));
        Assert.Contains(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, 3, 0), Drain(session));
    }

    [Fact]
    public void Half_close_keeps_the_other_direction_open()
    {
        var session = Listener();
        var stream = session.Receive(Syn(1)).Stream!;
        Assert.True(session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Fin, 1, 0)).Finished);
        Assert.Equal(YamuxOptions.MaxFrame, YamuxSession.SendCredit(stream));
        Assert.Single(session.Streams);
        session.Finish(stream);
        Assert.Empty(session.Streams);
    }

    [Fact]
    public void Data_after_the_end_of_a_stream_ends_the_session()
    {
        var session = Listener();
        session.Receive(Syn(1));
        session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Fin, 1, 5));
        Assert.Equal(YamuxInputKind.Violation, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 5)).Kind);
    }

    [Fact]
    public void Frames_of_a_stream_that_is_gone_are_drained()
    {
        var session = Listener();
        var stream = session.Receive(Syn(1)).Stream!;
        session.Reset(stream);
        Assert.Equal(YamuxInputKind.Discard, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 500)).Kind);
        Assert.Equal(YamuxInputKind.None, session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 1, 500)).Kind);
        Assert.Equal(YamuxInputKind.Violation, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, uint.MaxValue)).Kind);
    }

    [Fact]
    public void A_reset_that_comes_with_data_says_how_much_is_to_be_read_past()
    {
        var session = Listener();
        session.Receive(Syn(1));
        var reset = session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Rst, 1, 500));
        Assert.Equal((YamuxInputKind.Reset, 500u), (reset.Kind, reset.Value));
        session.Receive(Syn(3));
        Assert.Equal(0u, session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, 3, 500)).Value);
        session.Receive(Syn(5));
        Assert.Equal(YamuxInputKind.Violation, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Rst, 5, YamuxOptions.InitialWindow + 1)).Kind);
    }

    [Fact]
    public void A_ping_is_answered_with_its_value_and_a_foreign_answer_is_ignored()
    {
        var session = Listener();
        session.Receive(new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 0, 77));
        Assert.Equal([new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, 77)], Drain(session));
        Assert.Equal(YamuxInputKind.None, session.Receive(new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, 5)).Kind);
        var value = session.Ping();
        Assert.Equal(YamuxInputKind.Pong, session.Receive(new YamuxHeader(YamuxType.Ping, YamuxFlags.Ack, 0, value)).Kind);
    }

    [Fact]
    public void A_peer_that_asks_for_more_answers_than_it_reads_is_cut_off()
    {
        var session = Listener();
        YamuxInput last = default;
        for (var i = 0u; i < YamuxOptions.MaxQueuedControl + 2; i++) last = session.Receive(new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 0, i));
        Assert.Equal(YamuxInputKind.Violation, last.Kind);
    }

    [Fact]
    public void After_go_away_no_stream_is_opened_and_open_ones_go_on()
    {
        var session = Listener();
        session.Receive(Syn(1));
        Assert.Equal(YamuxInputKind.GoAway, session.Receive(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, 0)).Kind);
        Assert.Null(session.TryOpen());
        Assert.Equal(YamuxInputKind.Data, session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 1)).Kind);
    }

    [Fact]
    public void A_window_update_is_sent_when_half_the_window_is_consumed_and_grows_it_only_for_a_fast_reader()
    {
        var session = Listener();
        var stream = session.Receive(Syn(1, YamuxOptions.InitialWindow, YamuxType.Data)).Stream!;
        Drain(session);
        var slow = TimeSpan.FromSeconds(10);
        Assert.False(session.Consumed(stream, YamuxOptions.InitialWindow / 2 - 1, slow, TimeSpan.Zero));
        Assert.True(session.Consumed(stream, 1, slow, TimeSpan.Zero));
        Assert.Equal(YamuxOptions.InitialWindow / 2, stream.ReceiveWindow);
        Assert.True(session.Consumed(stream, YamuxOptions.InitialWindow / 2, slow + TimeSpan.FromMilliseconds(1), TimeSpan.Zero));
        Assert.Equal(2 * YamuxOptions.InitialWindow, stream.WindowTarget);
        Assert.Equal(2 * YamuxOptions.InitialWindow, stream.ReceiveWindow);
    }

    [Fact]
    public void The_sum_of_grown_windows_is_bounded_and_given_back_when_a_stream_ends()
    {
        var session = Listener(new YamuxOptions { MaxWindowGrowth = 300_000 });
        var stream = session.Receive(Syn(1)).Stream!;
        for (var i = 0; i < 10; i++)
        {
            session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, (uint)stream.ReceiveWindow));
            session.Consumed(stream, (int)(stream.WindowTarget - stream.Unreported), TimeSpan.FromMilliseconds(i), TimeSpan.Zero);
        }
        Assert.Equal(YamuxOptions.InitialWindow + 300_000, stream.WindowTarget);
        session.Reset(stream);
        Assert.Equal(0, session.Growth);
    }

    [Theory]
    [InlineData("01 00 0000 00000001 00000000")]
    [InlineData("00 04 0000 00000001 00000000")]
    [InlineData("00 00 0010 00000001 00000000")]
    public void A_header_of_another_version_type_or_flag_is_refused(string hex)
    {
        Assert.False(YamuxHeader.TryRead(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _));
    }
}
