using System.Buffers.Binary;
using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>An answer of a gateway that speaks NAT-PMP, and the requests to it.
/// <code>
///   external address  version=0 op=0                                                       answer  0 128 result:2 epoch:4 address:4
///   TCP mapping       version=0 op=2 0:2 internal port:2 external port:2 lifetime:4        answer  0 130 result:2 epoch:4 internal port:2 external port:2 lifetime:4
/// </code>
/// https://www.rfc-editor.org/rfc/rfc6886#section-3</summary>
/// <param name="Result">What became of the request; with anything but success only <paramref name="Epoch"/> counts besides.</param>
/// <param name="Epoch">Seconds since the gateway last lost its mappings.</param>
/// <param name="Address">The external address, in the answer to that question; else null.</param>
/// <param name="InternalPort">The port that was mapped; of an error it may be 0.</param>
/// <param name="ExternalPort">The port outside.</param>
/// <param name="Lifetime">Seconds that the mapping stands.</param>
internal sealed record NatPmpMessage(NatPmpResult Result, uint Epoch, IPAddress? Address, ushort InternalPort, ushort ExternalPort, uint Lifetime)
{
    /// <summary>Port that a gateway listens on, UDP.</summary>
    public const int Port = 5351;

    /// <summary>Longest datagram that is taken, in bytes: the successor's (RFC 6887, section 7), in which a gateway may say that it speaks only that.</summary>
    public const int MaxLength = 1100;

    private const int HeadLength = 8;
    private const int AddressLength = 12;
    private const int MappingLength = 16;
    private const byte AddressOp = 0;
    private const byte TcpOp = 2;
    private const byte Answer = 128;

    /// <summary>The answer is about a mapping, not about the address.</summary>
    public bool IsMapping { get; private init; }

    /// <summary>Asks for the external address.</summary>
    public static byte[] AddressRequest() => [0, AddressOp];

    /// <summary>Asks for a TCP mapping; a lifetime of 0 deletes it, and then the external port is 0 too.</summary>
    public static byte[] MappingRequest(ushort internalPort, ushort externalPort, uint lifetime)
    {
        var request = new byte[AddressLength];
        request[1] = TcpOp;
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), internalPort);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), externalPort);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(8), lifetime);
        return request;
    }

    /// <summary>Reads an answer; null when it is none to a request of ours. Of an error the fields behind the epoch may be missing.</summary>
    public static NatPmpMessage? Decode(ReadOnlySpan<byte> source)
    {
        if (source.Length < HeadLength) return null;
        var isMapping = source[1] == Answer + TcpOp;
        if (!isMapping && source[1] != Answer + AddressOp) return null;
        var result = (NatPmpResult)BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        // A gateway that speaks only the successor of the protocol says so under the successor's version.
        if (source[0] != 0) return result == NatPmpResult.UnsupportedVersion ? new NatPmpMessage(result, 0, null, 0, 0, 0) { IsMapping = isMapping } : null;
        var epoch = BinaryPrimitives.ReadUInt32BigEndian(source[4..]);
        if (result != NatPmpResult.Success)
            return new NatPmpMessage(result, epoch, null, isMapping && source.Length >= HeadLength + 2 ? BinaryPrimitives.ReadUInt16BigEndian(source[HeadLength..]) : (ushort)0, 0, 0) { IsMapping = isMapping };
        if (!isMapping) return source.Length == AddressLength ? new NatPmpMessage(result, epoch, new IPAddress(source[HeadLength..]), 0, 0, 0) : null;
        if (source.Length != MappingLength) return null;
        return new NatPmpMessage(
            result, epoch, null, BinaryPrimitives.ReadUInt16BigEndian(source[8..]), BinaryPrimitives.ReadUInt16BigEndian(source[10..]), BinaryPrimitives.ReadUInt32BigEndian(source[12..]))
        { IsMapping = true };
    }
}
