using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>What a relay and the target of a circuit say: type = 1, peer = 2 {id = 1}, limit = 3, status = 4.
/// https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md#stop-protocol</summary>
internal sealed record StopMessage(StopMessageType Type)
{
    public const string ProtocolId = "/libp2p/circuit/relay/0.2.0/stop";

    /// <summary>Longest message, in bytes: a peer id and a few numbers; addresses that a relay may add are ignored.</summary>
    public const int MaxLength = 4 * 1024;

    public PeerId? Peer { get; init; }

    public RelayLimit Limit { get; init; }

    public RelayStatus Status { get; init; }

    public byte[] Encode()
    {
        var writer = new ProtoWriter().Number(1, (ulong)Type);
        if (Peer is { } peer) writer.Bytes(2, RelayPeer.Encode(peer));
        if (!Limit.IsNone) writer.Bytes(3, Limit.Encode());
        if (Status != RelayStatus.Unused) writer.Number(4, (ulong)Status);
        return writer.ToArray();
    }

    /// <summary>Decodes; false when malformed or when the type is missing or unknown.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out StopMessage? message)
    {
        message = null;
        if (source.Length > MaxLength) return false;
        ulong? type = null;
        var read = new StopMessage(StopMessageType.Status);
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
                if (!RelayLimit.TryDecode(reader.Bytes, out var limit)) return false;
                read = read with { Limit = limit };
            }
            else if (reader.IsNumber(4))
            {
                read = read with { Status = (RelayStatus)Math.Min(reader.Number, int.MaxValue) };
            }
        }
        if (reader.Failed || type is null or > (ulong)StopMessageType.Status) return false;
        message = read with { Type = (StopMessageType)type };
        return true;
    }
}
