using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>What two peers say over a circuit before both dial: type = 1, ObsAddrs = 2. https://github.com/libp2p/specs/blob/master/relay/DCUtR.md#rpc-messages</summary>
internal sealed record HolePunchMessage(HolePunchMessageType Type, IReadOnlyList<Multiaddr> Addresses)
{
    public const string ProtocolId = "/libp2p/dcutr";

    /// <summary>Longest message, in bytes.</summary>
    public const int MaxLength = 4 * 1024;

    /// <summary>Addresses that are read or sent.</summary>
    public const int MaxAddresses = 16;

    public byte[] Encode()
    {
        var writer = new ProtoWriter().Number(1, (ulong)Type);
        foreach (var address in Addresses.Take(MaxAddresses)) writer.Bytes(2, address.Bytes.Span);
        return writer.ToArray();
    }

    /// <summary>Decodes; false when malformed or when the type is missing or unknown. Addresses that are not understood are left out.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out HolePunchMessage? message)
    {
        message = null;
        if (source.Length > MaxLength) return false;
        ulong type = 0;
        var addresses = new List<Multiaddr>();
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) type = reader.Number;
            else if (reader.IsBytes(2) && addresses.Count < MaxAddresses && Multiaddr.TryDecode(reader.Bytes, out var address)) addresses.Add(address);
        }
        if (reader.Failed || type is not ((ulong)HolePunchMessageType.Connect or (ulong)HolePunchMessageType.Sync)) return false;
        message = new HolePunchMessage((HolePunchMessageType)type, addresses);
        return true;
    }
}
