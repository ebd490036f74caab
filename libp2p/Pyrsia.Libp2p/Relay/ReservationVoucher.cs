using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>A relay's signed word that it serves a peer until a time (Unix seconds): relay = 1, peer = 2, expiration = 3.
/// https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md#reservation-vouchers</summary>
internal sealed record ReservationVoucher(PeerId Relay, PeerId Peer, ulong Expiration)
{
    /// <summary>Domain of the signature.</summary>
    public const string Domain = "libp2p-relay-rsvp";

    /// <summary>Multicodec 0x0302, as the two bytes that deployed implementations write.</summary>
    private static ReadOnlySpan<byte> PayloadType => [0x03, 0x02];

    /// <summary>Signs with the relay's key.</summary>
    public static byte[] Seal(KeyPair relay, PeerId peer, ulong expiration) => SignedEnvelope.Seal(
        relay, Domain, PayloadType, new ProtoWriter().Bytes(1, relay.PeerId.Bytes.Span).Bytes(2, peer.Bytes.Span).Number(3, expiration).ToArray()).Encode();

    /// <summary>Opens a voucher; false unless the signature holds and the signer is the relay that it names.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, [NotNullWhen(true)] out ReservationVoucher? voucher)
    {
        voucher = null;
        if (!SignedEnvelope.TryOpen(envelope, Domain, PayloadType, out var opened)) return false;
        ReadOnlySpan<byte> relayBytes = default, peerBytes = default;
        ulong expiration = 0;
        var reader = new ProtoReader(opened.Payload.Span);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) relayBytes = reader.Bytes;
            else if (reader.IsBytes(2)) peerBytes = reader.Bytes;
            else if (reader.IsNumber(3)) expiration = reader.Number;
        }
        if (reader.Failed || !PeerId.TryDecode(relayBytes, out var relay) || !PeerId.TryDecode(peerBytes, out var peer)) return false;
        if (relay != PeerId.FromPublicKey(opened.PublicKey)) return false;
        voucher = new ReservationVoucher(relay, peer, expiration);
        return true;
    }
}
