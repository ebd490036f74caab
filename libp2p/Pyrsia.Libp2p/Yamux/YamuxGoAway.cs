namespace Pyrsia.Libp2p;

/// <summary>Why a session ends.</summary>
internal enum YamuxGoAway : uint
{
    Normal = 0,
    ProtocolError = 1,
    InternalError = 2,
}
