using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class RelayTableTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly PeerId[] Peers = [.. Enumerable.Range(0, 6).Select(_ => KeyPair.Generate().PeerId)];

    private static NetworkPrefix Machine(int i) => NetworkPrefix.Around(new IPAddress([192, 0, 2, (byte)i]), PrefixScale.Machine);

    [Fact]
    public void Reservations_are_limited_in_sum_and_for_each_network_and_a_refresh_takes_no_further_place()
    {
        var table = new RelayTable(new RelayOptions { MaxReservations = 3, MaxReservationsPerIp = 2 });
        Assert.Equal(RelayStatus.Ok, table.Reserve(Peers[0], Machine(1), Start, out var expire));
        Assert.Equal(Start + TimeSpan.FromHours(1), expire);
        Assert.Equal(RelayStatus.Ok, table.Reserve(Peers[1], Machine(1), Start, out _));
        Assert.Equal(RelayStatus.ReservationRefused, table.Reserve(Peers[2], Machine(1), Start, out _));
        Assert.Equal(RelayStatus.Ok, table.Reserve(Peers[2], Machine(2), Start, out _));
        Assert.Equal(RelayStatus.ReservationRefused, table.Reserve(Peers[3], Machine(3), Start, out _));
        Assert.Equal(RelayStatus.Ok, table.Reserve(Peers[2], Machine(2), Start, out _));
        table.Forget(Peers[1]);
        Assert.Equal(RelayStatus.Ok, table.Reserve(Peers[3], Machine(3), Start, out _));
        Assert.Equal(RelayStatus.Ok, table.Reserve(Peers[4], Machine(3), Start + TimeSpan.FromHours(1), out _));
    }

    [Fact]
    public void Circuits_lead_only_to_reservations_and_are_limited_in_sum_and_for_each_end()
    {
        var table = new RelayTable(new RelayOptions { MaxCircuits = 3, MaxCircuitsPerPeer = 2 });
        Assert.Equal(RelayStatus.NoReservation, table.Begin(Peers[1], Peers[0], Start));
        table.Reserve(Peers[0], Machine(1), Start, out var expire);
        table.Reserve(Peers[1], Machine(1), Start, out _);
        Assert.Equal(RelayStatus.PermissionDenied, table.Begin(Peers[0], Peers[0], Start));
        Assert.Equal(RelayStatus.NoReservation, table.Begin(Peers[2], Peers[0], expire));
        Assert.Equal(RelayStatus.Ok, table.Begin(Peers[2], Peers[0], Start));
        Assert.Equal(RelayStatus.Ok, table.Begin(Peers[3], Peers[0], Start));
        Assert.Equal(RelayStatus.ResourceLimitExceeded, table.Begin(Peers[4], Peers[0], Start));
        Assert.Equal(RelayStatus.Ok, table.Begin(Peers[2], Peers[1], Start));
        Assert.Equal(RelayStatus.ResourceLimitExceeded, table.Begin(Peers[4], Peers[1], Start));
        table.End(Peers[3], Peers[0]);
        Assert.Equal(RelayStatus.ResourceLimitExceeded, table.Begin(Peers[2], Peers[1], Start));
        Assert.Equal(RelayStatus.Ok, table.Begin(Peers[4], Peers[1], Start));
    }

    [Fact]
    public void A_voucher_is_the_relays_word_and_no_other_domain_or_byte_passes_for_it()
    {
        var relay = KeyPair.Generate();
        var sealedVoucher = ReservationVoucher.Seal(relay, Peers[0], 1_800_000_000);
        Assert.True(ReservationVoucher.TryOpen(sealedVoucher, out var voucher));
        Assert.Equal(new ReservationVoucher(relay.PeerId, Peers[0], 1_800_000_000), voucher);
        Assert.False(PeerRecord.TryOpen(sealedVoucher, out _));
        Assert.False(ReservationVoucher.TryOpen(new PeerRecord(relay.PeerId, 1, []).Seal(relay), out _));
        // By another key than the relay that it names.
        Assert.True(SignedEnvelope.TryOpen(sealedVoucher, ReservationVoucher.Domain, [0x03, 0x02], out var envelope));
        Assert.False(ReservationVoucher.TryOpen(SignedEnvelope.Seal(KeyPair.Generate(), ReservationVoucher.Domain, [0x03, 0x02], envelope.Payload.Span).Encode(), out _));
        for (var i = 0; i < sealedVoucher.Length; i++)
        {
            var changed = sealedVoucher.ToArray();
            changed[i] ^= 1;
            Assert.False(ReservationVoucher.TryOpen(changed, out var other) && other != voucher);
        }
    }

    [Fact]
    public void Messages_are_the_bytes_of_the_specification()
    {
        Assert.Equal("0800", Convert.ToHexStringLower(new HopMessage(HopMessageType.Reserve).Encode()));
        Assert.Equal("080228c801", Convert.ToHexStringLower(new HopMessage(HopMessageType.Status) { Status = RelayStatus.ReservationRefused }.Encode()));
        Assert.Equal("0801" + "2064", Convert.ToHexStringLower(new StopMessage(StopMessageType.Status) { Status = RelayStatus.Ok }.Encode()));
        Assert.Equal("0802" + "2206" + "0878" + "10808008" + "2864",
            Convert.ToHexStringLower(new HopMessage(HopMessageType.Status) { Limit = new RelayLimit(120, 128 * 1024), Status = RelayStatus.Ok }.Encode()));
        Assert.False(HopMessage.TryDecode([], out _));
        Assert.False(HopMessage.TryDecode([8, 3], out _));
        Assert.False(StopMessage.TryDecode([8, 2], out _));
        Assert.False(HopMessage.TryDecode(new byte[HopMessage.MaxLength + 1], out _));
        Assert.False(StopMessage.TryDecode(new byte[StopMessage.MaxLength + 1], out _));
    }
}
