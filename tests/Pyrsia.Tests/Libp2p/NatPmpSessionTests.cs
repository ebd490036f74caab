using System.Buffers.Binary;
using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class NatPmpSessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Outside = IPAddress.Parse("26.1.2.3");

    private readonly NatPmpSession session = new(Start);
    private DateTimeOffset now = Start;

    [Fact]
    public void Requests_and_answers_are_laid_out_as_RFC_6886_says()
    {
        Assert.Equal("0000", Convert.ToHexStringLower(NatPmpMessage.AddressRequest()));
        Assert.Equal("00020000abe0abe100001c20", Convert.ToHexStringLower(NatPmpMessage.MappingRequest(44000, 44001, 7200)));
        var address = NatPmpMessage.Decode(Convert.FromHexString("00800000000000071a010203"))!;
        Assert.Equal((NatPmpResult.Success, 7u, Outside, false), (address.Result, address.Epoch, address.Address, address.IsMapping));
        var mapping = NatPmpMessage.Decode(Convert.FromHexString("0082000000000007abe0abe100001c20"))!;
        Assert.Equal((true, (ushort)44000, (ushort)44001, 7200u), (mapping.IsMapping, mapping.InternalPort, mapping.ExternalPort, mapping.Lifetime));
        Assert.Equal(NatPmpResult.Refused, NatPmpMessage.Decode(Convert.FromHexString("0082000200000007"))!.Result);
        Assert.Equal(NatPmpResult.UnsupportedVersion, NatPmpMessage.Decode(Convert.FromHexString("0280000100000000000000070000000000000000000000000"[..48]))!.Result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00800000000007")]
    [InlineData("0000000000000007")]
    [InlineData("00810000000000071a010203")]
    [InlineData("01800000000000071a010203")]
    [InlineData("00800000000000071a01020304")]
    [InlineData("0082000000000007abe0abe100001c")]
    public void What_is_no_answer_is_none(string hex) => Assert.Null(NatPmpMessage.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void A_gateway_that_never_answered_is_asked_six_times_with_gaps_that_double_and_then_given_up()
    {
        session.SetPorts([44000], now);
        double[] gaps = [0, 250, 500, 1000, 2000, 4000];
        foreach (var gap in gaps)
        {
            if (gap > 0)
            {
                now += TimeSpan.FromMilliseconds(gap - 1);
                Assert.Null(session.Next(now));
                now += TimeSpan.FromMilliseconds(1);
            }
            Assert.Equal(session.Due, now);
            Assert.Equal(NatPmpMessage.AddressRequest(), session.Next(now));
            Assert.Null(session.Next(now));
        }
        now = session.Due;
        Assert.Equal(TimeSpan.FromMilliseconds(15_750), now - Start);
        Assert.Null(session.Next(now));
        Assert.True(session.IsOver);
    }

    [Fact]
    public void A_gateway_that_has_answered_is_asked_nine_times_before_it_is_given_up()
    {
        Mapped(44000);
        now = session.Due;
        var asked = now;
        for (var i = 0; i < NatPmpSchedule.MaxAttempts; i++, now = session.Due) Assert.Equal(NatPmpMessage.AddressRequest(), session.Next(now));
        Assert.Equal(TimeSpan.FromMilliseconds(127_750), now - asked);
        Assert.False(session.IsOver);
        Assert.Null(session.Next(now));
        Assert.True(session.IsOver);
        Assert.Empty(session.Mapped(now));
    }

    [Fact]
    public void Ports_are_mapped_when_the_address_is_known_renewed_at_half_of_their_time_and_kept_while_the_renewal_is_open()
    {
        session.SetPorts([44000, 44001], now);
        AnswerAddress();
        Assert.Equal([NatPmpMessage.MappingRequest(44000, 44000, 7200), NatPmpMessage.MappingRequest(44001, 44001, 7200)], Sent());
        AnswerMapping(44000, 44000, 3600);
        AnswerMapping(44001, 5000, 7200);
        Assert.Equal([new MappedPort(44000, new IPEndPoint(Outside, 44000)), new MappedPort(44001, new IPEndPoint(Outside, 5000))], session.Mapped(now));
        RunUntil(TimeSpan.FromSeconds(1800), epoch: () => (uint)(now - Start).TotalSeconds);
        Assert.Equal([NatPmpMessage.MappingRequest(44000, 44000, 7200)], Sent());
        now = Start + TimeSpan.FromSeconds(3599);
        Assert.Equal(2, session.Mapped(now).Count);
        now = Start + TimeSpan.FromSeconds(3600);
        Assert.Equal(44001, Assert.Single(session.Mapped(now)).Port);
    }

    [Fact]
    public void Another_external_address_is_noticed()
    {
        Mapped(44000);
        now = session.Due;
        Assert.Equal(Start + NatPmpSession.CheckInterval, now);
        Assert.Equal([NatPmpMessage.AddressRequest()], Sent());
        Answer($"00800000{(int)(now - Start).TotalSeconds:x8}1a010204");
        Assert.Equal(new IPEndPoint(IPAddress.Parse("26.1.2.4"), 44000), Assert.Single(session.Mapped(now)).External);
        now = session.Due;
        Sent();
        Answer($"00800003{(int)(now - Start).TotalSeconds:x8}00000000");
        Assert.Empty(session.Mapped(now));
    }

    [Theory]
    [InlineData(300, false)]
    [InlineData(262, false)]
    [InlineData(259, true)]
    [InlineData(0, true)]
    public void A_gateway_that_lost_its_mappings_is_asked_for_all_again(int epoch, bool restarted)
    {
        Mapped(44000);
        now = session.Due;
        Sent();
        Answer($"00800000{epoch:x8}1a010203");
        Assert.Equal(restarted ? [NatPmpMessage.MappingRequest(44000, 44000, 7200)] : [], Sent());
    }

    [Theory]
    [InlineData("0082000200000000abe0000000000000")]
    [InlineData("0082000400000000")]
    [InlineData("0082000000000000abe0abe000000000")]
    [InlineData("0082000000000000abe0000000000e10")]
    public void A_mapping_that_is_refused_is_asked_for_again_later(string refusal)
    {
        session.SetPorts([44000], now);
        AnswerAddress();
        Sent();
        Answer(refusal);
        Assert.Empty(session.Mapped(now));
        Assert.False(session.IsOver);
        Assert.Empty(Sent());
        RunUntil(NatPmpSession.RefusalInterval, epoch: () => (uint)(now - Start).TotalSeconds);
        Assert.Equal([NatPmpMessage.MappingRequest(44000, 44000, 7200)], Sent());
    }

    [Theory]
    [InlineData("0080000100000000")]
    [InlineData("0280000100000000")]
    [InlineData("0080000500000000")]
    public void A_gateway_that_does_not_speak_this_is_left_alone(string answer)
    {
        session.SetPorts([44000], now);
        Sent();
        Answer(answer);
        Assert.True(session.IsOver);
        Assert.Null(session.Next(now));
    }

    [Fact]
    public void What_was_not_asked_for_is_not_believed()
    {
        session.SetPorts([44000], now);
        Answer("00800000000000001a010203");
        Assert.Equal([NatPmpMessage.AddressRequest()], Sent());
        AnswerMapping(44000, 44000, 7200);
        Assert.Empty(session.Mapped(now));
        Answer("00800000000000001a010203");
        AnswerMapping(44000, 44000, 7200);
        Assert.Empty(session.Mapped(now));
        Sent();
        AnswerMapping(44001, 44001, 7200);
        Assert.Empty(session.Mapped(now));
        AnswerMapping(44000, 44000, uint.MaxValue);
        Assert.Single(session.Mapped(now));
        Answer("00800000000000001a010209");
        Assert.Equal(Outside, session.Mapped(now)[0].External.Address);
        Assert.Empty(session.Mapped(now + TimeSpan.FromSeconds(NatPmpSession.Lifetime)));
    }

    [Fact]
    public void At_the_end_what_is_mapped_or_asked_for_is_deleted_and_nothing_else_said()
    {
        session.SetPorts([44000, 44001, 44002], now);
        AnswerAddress();
        Sent();
        AnswerMapping(44000, 5000, 7200);
        Answer("0082000200000000abe1000000000000");
        session.Stop(now);
        Assert.Equal([NatPmpMessage.MappingRequest(44000, 0, 0), NatPmpMessage.MappingRequest(44002, 0, 0)], Sent());
        Assert.Empty(session.Mapped(now));
        AnswerMapping(44000, 0, 0);
        Assert.False(session.IsReleased);
        now += NatPmpSchedule.FirstWait;
        Assert.Equal([NatPmpMessage.MappingRequest(44002, 0, 0)], Sent());
        AnswerMapping(44002, 0, 0);
        Assert.True(session.IsReleased);
    }

    [Fact]
    public void A_port_that_is_listened_on_no_more_is_deleted_and_a_new_one_mapped()
    {
        Mapped(44000);
        session.SetPorts([44001], now);
        Assert.Equal([NatPmpMessage.MappingRequest(44000, 0, 0), NatPmpMessage.MappingRequest(44001, 44001, 7200)], Sent());
        session.SetPorts([.. Enumerable.Range(1, 100).Select(i => (ushort)i)], now);
        Assert.True(Sent().Count <= NatPmpSession.MaxPorts + 1);
    }

    [Fact]
    public void The_default_gateway_is_that_of_the_route_with_the_smallest_metric()
    {
        const string Header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
        const string Local = "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        const string Far = "wlan0\t00000000\t0103000A\t0003\t0\t0\t600\t00000000\t0\t0\t0\n";
        const string Near = "eth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
        const string Down = "eth1\t00000000\t0104000A\t0002\t0\t0\t0\t00000000\t0\t0\t0\n";
        Assert.Equal(IPAddress.Parse("10.0.2.1"), DefaultGateway.Parse(Header + Local + Far + Near + Down));
        Assert.Equal(IPAddress.Parse("10.0.3.1"), DefaultGateway.Parse(Header + Local + Far));
        Assert.Null(DefaultGateway.Parse(Header + Local + Down));
        Assert.Null(DefaultGateway.Parse("eth0\t00000000\tnonsense"));
        Assert.Null(DefaultGateway.Parse(""));
    }

    private void Mapped(ushort port)
    {
        session.SetPorts([port], now);
        AnswerAddress();
        Sent();
        AnswerMapping(port, port, 7200);
        Assert.Single(session.Mapped(now));
    }

    private List<byte[]> Sent()
    {
        var sent = new List<byte[]>();
        while (session.Next(now) is { } datagram) sent.Add(datagram);
        return sent;
    }

    /// <summary>Goes on, and answers what is asked about the address meanwhile.</summary>
    private void RunUntil(TimeSpan end, Func<uint> epoch)
    {
        while (session.Due < Start + end)
        {
            now = session.Due;
            foreach (var _ in Sent()) Answer($"00800000{epoch():x8}1a010203");
        }
        now = Start + end;
        if (session.Due == now && (now - Start).Ticks % NatPmpSession.CheckInterval.Ticks == 0)
        {
            Assert.Equal(NatPmpMessage.AddressRequest(), session.Next(now));
            Answer($"00800000{epoch():x8}1a010203");
        }
    }

    private void AnswerAddress()
    {
        Assert.Equal([NatPmpMessage.AddressRequest()], Sent());
        Answer("00800000000000001a010203");
    }

    private void AnswerMapping(ushort port, ushort external, uint lifetime)
    {
        var answer = Convert.FromHexString("00820000000000000000000000000000");
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(8), port);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(10), external);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(12), lifetime);
        session.Receive(answer, now);
    }

    private void Answer(string hex) => session.Receive(Convert.FromHexString(hex), now);
}
