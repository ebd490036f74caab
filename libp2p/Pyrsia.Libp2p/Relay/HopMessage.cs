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

    public byte[] Encode() => new RelayFields((ulong)Type, Peer, Reservation, Limit, Status).Encode(3, 4, 5);

    /// <summary>Decodes; false when malformed or when the type is missing or unknown.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out HopMessage? message)
    {
        message = null;
        if (source.Length > MaxLength || !RelayFields.TryDecode(source, 3, 4, 5, out var fields) || fields.Type > (ulong)HopMessageType.Status) return false;
        message = new HopMessage((HopMessageType)fields.Type) { Peer = fields.Peer, Reservation = fields.Reservation, Limit = fields.Limit, Status = fields.Status };
        return true;
    }
}
