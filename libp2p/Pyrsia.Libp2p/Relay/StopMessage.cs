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

    public byte[] Encode() => new RelayFields((ulong)Type, Peer, null, Limit, Status).Encode(0, 3, 4);

    /// <summary>Decodes; false when malformed or when the type is missing or unknown.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out StopMessage? message)
    {
        message = null;
        if (source.Length > MaxLength || !RelayFields.TryDecode(source, 0, 3, 4, out var fields) || fields.Type > (ulong)StopMessageType.Status) return false;
        message = new StopMessage((StopMessageType)fields.Type) { Peer = fields.Peer, Limit = fields.Limit, Status = fields.Status };
        return true;
    }
}
