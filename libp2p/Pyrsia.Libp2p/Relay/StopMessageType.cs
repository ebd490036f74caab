namespace Pyrsia.Libp2p;

internal enum StopMessageType
{
    Connect = 0,
    Status = 1,
}
