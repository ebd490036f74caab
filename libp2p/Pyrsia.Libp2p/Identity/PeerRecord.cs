using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>A peer's own, signed statement of where it listens: peer_id = 1, seq = 2, addresses = 3 {multiaddr = 1}.
/// https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md; domain and type are those of the deployed implementations.</summary>
public sealed record PeerRecord(PeerId PeerId, ulong Sequence, IReadOnlyList<Multiaddr> Addresses)
{
    /// <summary>Domain of the signature.</summary>
    public const string Domain = "libp2p-peer-record";

    /// <summary>Most addresses that are kept of one record.</summary>
    public const int MaxAddresses = 64;

    private static ReadOnlySpan<byte> PayloadType => [0x03, 0x01];

    /// <summary>Signs the record; the signer must be the peer that it describes.</summary>
    public byte[] Seal(KeyPair signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        if (signer.PeerId != PeerId) throw new ArgumentException("A peer record is signed by the peer that it describes.", nameof(signer));
        var writer = new ProtoWriter().Bytes(1, PeerId.Bytes.Span).Number(2, Sequence);
        foreach (var address in Addresses) writer.Bytes(3, new ProtoWriter().Bytes(1, address.Bytes.Span).ToArray());
        return SignedEnvelope.Seal(signer, Domain, PayloadType, writer.ToArray()).Encode();
    }

    /// <summary>Opens a signed record; false unless the signature holds and the signer is the peer described. Unknown addresses are left out.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, [NotNullWhen(true)] out PeerRecord? record)
    {
        record = null;
        if (!SignedEnvelope.TryOpen(envelope, Domain, PayloadType, out var opened)) return false;
        ReadOnlySpan<byte> id = default;
        ulong sequence = 0;
        var addresses = new List<Multiaddr>();
        var reader = new ProtoReader(opened.Payload.Span);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) id = reader.Bytes;
            else if (reader.IsNumber(2)) sequence = reader.Number;
            else if (reader.IsBytes(3) && addresses.Count < MaxAddresses && TryDecodeAddress(reader.Bytes, out var address)) addresses.Add(address);
        }
        if (reader.Failed || !PeerId.TryDecode(id, out var peer) || peer != PeerId.FromPublicKey(opened.PublicKey)) return false;
        record = new PeerRecord(peer, sequence, addresses);
        return true;
    }

    private static bool TryDecodeAddress(ReadOnlySpan<byte> info, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        var reader = new ProtoReader(info);
        while (reader.Next())
            if (reader.IsBytes(1) && Multiaddr.TryDecode(reader.Bytes, out var decoded)) address = decoded;
        return !reader.Failed && address is not null;
    }
}
