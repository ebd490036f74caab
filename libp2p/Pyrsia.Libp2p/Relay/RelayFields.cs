namespace Pyrsia.Libp2p;

/// <summary>What hop and stop messages are made of: type = 1 and peer = 2 in both, the rest where each has it.</summary>
internal readonly record struct RelayFields(ulong Type, PeerId? Peer, RelayReservation? Reservation, RelayLimit Limit, RelayStatus Status)
{
    /// <summary>Writes them; <paramref name="reservationField"/> is 0 for a message that has none.</summary>
    public byte[] Encode(int reservationField, int limitField, int statusField)
    {
        var writer = new ProtoWriter().Number(1, Type);
        if (Peer is { } peer) writer.Bytes(2, RelayPeer.Encode(peer));
        if (Reservation is { } reservation) writer.Bytes(reservationField, reservation.Encode());
        if (!Limit.IsNone) writer.Bytes(limitField, Limit.Encode());
        if (Status != RelayStatus.Unused) writer.Number(statusField, (ulong)Status);
        return writer.ToArray();
    }

    /// <summary>Reads them; false when malformed or without a type.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, int reservationField, int limitField, int statusField, out RelayFields fields)
    {
        fields = default;
        ulong? type = null;
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
                fields = fields with { Peer = peer };
            }
            else if (reservationField > 0 && reader.IsBytes(reservationField))
            {
                if (!RelayReservation.TryDecode(reader.Bytes, out var reservation)) return false;
                fields = fields with { Reservation = reservation };
            }
            else if (reader.IsBytes(limitField))
            {
                if (!RelayLimit.TryDecode(reader.Bytes, out var limit)) return false;
                fields = fields with { Limit = limit };
            }
            else if (reader.IsNumber(statusField))
            {
                fields = fields with { Status = (RelayStatus)Math.Min(reader.Number, int.MaxValue) };
            }
        }
        fields = fields with { Type = type ?? 0 };
        return !reader.Failed && type is not null;
    }
}
