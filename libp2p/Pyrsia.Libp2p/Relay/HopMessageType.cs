namespace Pyrsia.Libp2p;

internal enum HopMessageType
{
    Reserve = 0,
    Connect = 1,
    Status = 2,
}
