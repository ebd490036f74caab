using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>What a client and a relay say: type = 1, peer = 2 {id = 1}, reservation = 3, limit = 4, status = 5.
/// https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md#hop-protocol</summary>
internal sealed record HopMessage(HopMessageType Type)
{
    public const string ProtocolId = "/libp2p/circuit/relay/0.2.0/hop";

    /// <summary>Longest message, in bytes: a reservation with its addresses and a voucher signed by an RSA key fits twice.</summary>
    public const int MaxLength = 8 * 1024;

    public PeerId? Peer { get; init; }

    public RelayReservation? Reservation { get; init; }

    public RelayLimit Limit { get; init; }

    public RelayStatus Status { get; init; }

    public byte[] Encode()
    {
        var writer = new ProtoWriter().Number(1, (ulong)Type);
        if (Peer is { } peer) writer.Bytes(2, RelayPeer.Encode(peer));
        if (Reservation is { } reservation) writer.Bytes(3, reservation.Encode());
        if (!Limit.IsNone) writer.Bytes(4, Limit.Encode());
        if (Status != RelayStatus.Unused) writer.Number(5, (ulong)Status);
        return writer.ToArray();
    }

    /// <summary>Decodes; false when malformed or when the type is missing or unknown.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out HopMessage? message)
    {
        message = null;
        if (source.Length > MaxLength) return false;
        ulong? type = null;
        var read = new HopMessage(HopMessageType.Status);
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1))
            {
                type = reader.Number;
            }
            else if (reader.IsBytes(2))
            {
                if (!RelayPeer.TryDecode(reader.Bytes, out var peer)) return false;
                read = read with { Peer = peer };
            }
            else if (reader.IsBytes(3))
            {
                if (!RelayReservation.TryDecode(reader.Bytes, out var reservation)) return false;
                read = read with { Reservation = reservation };
            }
            else if (reader.IsBytes(4))
            {
                if (!RelayLimit.TryDecode(reader.Bytes, out var limit)) return false;
                read = read with { Limit = limit };
            }
            else if (reader.IsNumber(5))
            {
                read = read with { Status = (RelayStatus)Math.Min(reader.Number, int.MaxValue) };
            }
        }
        if (reader.Failed || type is null or > (ulong)HopMessageType.Status) return false;
        message = read with { Type = (HopMessageType)type };
        return true;
    }
}
