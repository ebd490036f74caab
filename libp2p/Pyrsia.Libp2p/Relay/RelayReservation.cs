using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>What a relay grants: until when (Unix seconds), where the relay is reached, and its signed word: expire = 1, addrs = 2, voucher = 3.</summary>
internal sealed record RelayReservation(ulong Expire, IReadOnlyList<Multiaddr> Addresses, ReadOnlyMemory<byte> Voucher)
{
    /// <summary>Addresses of the relay that are read or sent.</summary>
    public const int MaxAddresses = 16;

    public byte[] Encode()
    {
        var writer = new ProtoWriter().Number(1, Expire);
        foreach (var address in Addresses.Take(MaxAddresses)) writer.Bytes(2, address.Bytes.Span);
        return writer.OptionalBytes(3, Voucher.Span).ToArray();
    }

    /// <summary>Decodes; false when malformed. Addresses that are not understood are left out.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out RelayReservation? reservation)
    {
        ulong expire = 0;
        byte[] voucher = [];
        var addresses = new List<Multiaddr>();
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) expire = reader.Number;
            else if (reader.IsBytes(2) && addresses.Count < MaxAddresses && Multiaddr.TryDecode(reader.Bytes, out var address)) addresses.Add(address);
            else if (reader.IsBytes(3)) voucher = reader.Bytes.ToArray();
        }
        reservation = reader.Failed ? null : new RelayReservation(expire, addresses, voucher);
        return reservation is not null;
    }
}
